/** Writes a file of lines that becomes visible whole: to `<file>.part`, synced, renamed. Keeps back pressure. */
import * as fs from 'fs'
import { renameDurable } from './durable'
import { fileError } from './file-errors'

export class JsonLinesFile {
  private fault: Error | undefined
  private readonly closed: Promise<void>

  private constructor(
    private readonly file: string,
    private readonly out: fs.WriteStream,
  ) {
    out.on('error', (error) => (this.fault = error))
    this.closed = new Promise((go) => out.once('close', go))
  }

  static async create(file: string): Promise<JsonLinesFile> {
    return new JsonLinesFile(file, fs.createWriteStream(`${file}.part`, { mode: 0o600 }))
  }

  async line(text: string): Promise<void> {
    this.throwFault()
    if (!this.out.write(`${text}\n`)) await this.roomOrEnd()
    this.throwFault()
  }

  async finish(): Promise<void> {
    this.throwFault()
    this.out.end()
    await this.closed
    this.throwFault()
    await renameDurable(`${this.file}.part`, this.file)
  }

  /** Removes what was written; the file under its name is as it was. */
  async abandon(): Promise<void> {
    this.out.destroy()
    await this.closed
    await fs.promises.rm(`${this.file}.part`, { force: true })
  }

  /** A stream that broke never drains: it closes. */
  private roomOrEnd(): Promise<void> {
    return new Promise((go) => {
      const on = (): void => {
        this.out.off('drain', on).off('close', on)
        go()
      }
      this.out.on('drain', on).on('close', on)
    })
  }

  private throwFault(): void {
    if (this.fault) throw fileError(this.fault, 'write', this.file)
  }
}
