export function withLock<T>(say: (line: string) => void, work: () => Promise<T>, doing?: string): Promise<T>
