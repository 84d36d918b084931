/**
 * Bundles a program and what it imports of the project; packages stay outside.
 * @param file the program, below `folder`
 * @param folder where the project's sources are: another than this one when they have been changed
 * @returns the file to run
 */
export function bundle(file: string, folder?: string): Promise<string>
