/** Writes a file of lines that becomes visible whole: to `<file>.part`, synced, renamed. Keeps back pressure. */
import * as fs from 'fs'
import { renameDurable } from './durable'
import { fileError } from './file-errors'

export class JsonLinesFile {
  private fault: Error | undefined

  private constructor(
    private readonly file: string,
    private readonly out: fs.WriteStream,
  ) {
    out.on('error', (error) => (this.fault = error))
  }

  static async create(file: string): Promise<JsonLinesFile> {
    return new JsonLinesFile(file, fs.createWriteStream(`${file}.part`, { mode: 0o600 }))
  }

  async line(text: string): Promise<void> {
    if (!this.out.write(`${text}\n`)) await new Promise<void>((go) => this.out.once('drain', go).once('error', () => go()))
    this.throwFault()
  }

  async finish(): Promise<void> {
    await new Promise<void>((go) => this.out.end(go))
    this.throwFault()
    await renameDurable(`${this.file}.part`, this.file)
  }

  private throwFault(): void {
    if (this.fault) throw fileError(this.fault, 'write', this.file)
  }
}
