// A file that a command writes. It appears when it is complete, or not at all: the
// bytes go to a file beside it, which then takes its name.

import { randomBytes } from 'node:crypto'
import { chmod, type FileHandle, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { cannot } from './failure.js'

export class Target {
  /** What the user called it. */
  readonly #name: string
  readonly #handle: FileHandle
  readonly #temporary: string | undefined
  readonly #path: string

  private constructor(name: string, path: string, handle: FileHandle, temporary: string | undefined) {
    this.#name = name
    this.#path = path
    this.#handle = handle
    this.#temporary = temporary
  }

  /** @throws Failure when nothing can be written there */
  static async open(name: string): Promise<Target> {
    try {
      const existing = await stat(name).catch(() => undefined)
      const isLink = (await lstat(name).catch(() => undefined))?.isSymbolicLink() ?? false
      // A device or a pipe stays what it is, and so does a link to nothing.
      const isPlain = existing === undefined ? !isLink : existing.isFile()
      if (!isPlain) return new Target(name, name, await open(name, 'w'), undefined)
      const path = isLink ? await realpath(name) : name
      const temporary = `${path}.${randomBytes(4).toString('hex')}.part`
      const handle = await open(temporary, 'wx')
      if (existing !== undefined) await chmod(temporary, existing.mode & 0o777)
      return new Target(name, path, handle, temporary)
    } catch (error) {
      throw cannot('write', name, error)
    }
  }

  async write(data: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < data.length; ) at += (await this.#handle.write(data, at)).bytesWritten
    } catch (error) {
      throw cannot('write', this.#name, error)
    }
  }

  /** It is complete. */
  async commit(): Promise<void> {
    try {
      await this.#handle.close()
      if (this.#temporary !== undefined) await rename(this.#temporary, this.#path)
    } catch (error) {
      throw cannot('write', this.#name, error)
    }
  }

  /** It isn't going to be: what was there before stays. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {})
    if (this.#temporary !== undefined) await rm(this.#temporary, { force: true })
  }
}
