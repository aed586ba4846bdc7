/** SqliteSaver imports this class, and takes a database that is handed in. Nothing here opens one. */
export default function Database() {
  throw new Error("This stand-in opens no database. Hand in one of node:sqlite.");
}
