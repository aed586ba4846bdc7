/** Imports a peer, which is installed on demand (`npm ci --prefix bench`), and so is no static import. */
export const load = async <T>(name: string): Promise<T> => (await import(name)) as T;
