/** Where the way to a sandbox's control port stands. */
import * as path from 'path'

export interface ControlAddress {
  port: number
  secret: string
  pid: number
}

export function controlFile(directory: string): string {
  return path.join(directory, 'control.json')
}
