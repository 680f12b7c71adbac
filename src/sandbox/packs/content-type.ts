/** Content types by file name, as Python's mimetypes on a StackStorm host guesses them; YAML it does not know. */
import * as path from 'path'

const BY_EXTENSION: Record<string, string> = {
  '.py': 'text/x-python',
  '.sh': 'application/x-sh',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.txt': 'text/plain',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.css': 'text/css',
  '.csv': 'text/csv',
  '.xml': 'text/xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.svg': 'image/svg+xml',
  '.ico': 'image/vnd.microsoft.icon',
  '.pdf': 'application/pdf',
  '.zip': 'application/zip',
  '.tar': 'application/x-tar',
}

export const guessContentType = (file: string): string => BY_EXTENSION[path.extname(file).toLowerCase()] ?? 'application/octet-stream'
