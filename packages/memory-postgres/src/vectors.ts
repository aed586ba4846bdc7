/** A vector as the server takes it. */
export function vectorText(vector: Float32Array): string {
  return `{${vector.join(",")}}`;
}

/** Reads an array of the server: its digits are those that make the same number again. */
export function toVector(text: string): Float32Array {
  return Float32Array.from(text.slice(1, -1).split(","), Number);
}

/** Which numbers of a vector are above zero: how many of these differ tells coarsely how far two vectors are apart. */
export function bitsOf(vector: Float32Array): string {
  return Array.from(vector, (value) => (value > 0 ? "1" : "0")).join("");
}
