/** A machine with packs on its disk and just enough of an API to list them, for tests of what an export makes of a pack. */
import { execFileSync } from 'child_process'
import * as fs from 'fs'
import * as os from 'os'
import * as path from 'path'
import type { Archive } from '../../src/archive/types'
import type { Remark } from '../../src/core/model'
import { filesBelow } from '../../src/engine/instance'
import type { Instance, Reading, Settings } from '../../src/kinds/kind'
import { packs, type PackItem } from '../../src/kinds/packs'
import type { StackStorm } from '../../src/st2/port'
import { gitIn } from './git-repository'
import { collect } from './migration'
import { testSystem } from './system'

export interface PackBench {
  dir: string
  /** Where a pack lies. */
  at(ref: string): string
  /** Lists as an export does. */
  export(options?: { files?: boolean }): Promise<Exported>
  glance(options?: { files?: boolean }): Promise<PackItem[]>
  archive(items: PackItem[]): Archive
  /** What an install of the head would put on a disk: file name to content. */
  checkout(item: PackItem): Map<string, string>
  end(): void
}

export interface Exported {
  items: PackItem[]
  remarks: Remark[]
  notes: string[]
}

export const SETTINGS: Settings = { run: 'r1', otherUsers: false, users: [], servePacks: false, onConflict: 'fail', landing: 'active' }

export function packBench(): PackBench {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'st2-packs-'))
  const files = filesBelow(path.join(dir, 'root'))
  fs.mkdirSync(files.packs, { recursive: true })
  const system = testSystem()
  const instance = (withFiles: boolean): Instance =>
    ({ side: 'source', api: apiOf(files.packs), url: 'http://127.0.0.1:1/api', id: 'a', version: '3.8.1', user: 'st2admin', isAdmin: true, rbac: false, ...(withFiles ? { files } : {}) })
  let serial = 0
  const reading = (withFiles: boolean, found: Exported): Reading => {
    const workDir = path.join(dir, `work-${++serial}`)
    fs.mkdirSync(workDir)
    return {
      system,
      instance: instance(withFiles),
      settings: SETTINGS,
      remark: (remark) => found.remarks.push(remark),
      note: (text) => found.notes.push(text),
      stage: async (member) => {
        const file = path.join(dir, 'staged', member)
        fs.mkdirSync(path.dirname(file), { recursive: true })
        return file
      },
      workDir,
    }
  }
  return {
    dir,
    at: (ref) => path.join(files.packs, ref),
    export: async ({ files: withFiles = true } = {}) => {
      const found: Exported = { items: [], remarks: [], notes: [] }
      found.items = await collect(packs.list(reading(withFiles, found)))
      return found
    },
    glance: async ({ files: withFiles = true } = {}) => (await collect(packs.glance!(reading(withFiles, { items: [], remarks: [], notes: [] })))) as PackItem[],
    archive: (items) =>
      ({
        manifest: { kinds: { packs: { count: items.length, fingerprint: '' } } },
        items: async function* () {
          yield* items
        },
        member: (name: string) => (fs.existsSync(path.join(dir, 'staged', name)) ? path.join(dir, 'staged', name) : undefined),
      }) as unknown as Archive,
    checkout: (item) => {
      const to = path.join(dir, `installed-${++serial}`)
      gitIn(dir, 'init', '-q', to)
      gitIn(to, 'fetch', '-q', path.join(dir, 'staged', `packs/${item.ref}.bundle`), '+refs/*:refs/*', '--update-head-ok')
      gitIn(to, 'checkout', '-q', '-f', item.head as string)
      return contentOf(to)
    },
    end: () => {
      execFileSync('chmod', ['-R', 'u+rwX', dir])
      fs.rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Every file below a folder but `.git`; a link as `-> target`. Names as latin1, so that any bytes can be told. */
export function contentOf(directory: string): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (inside: string): void => {
    for (const name of fs.readdirSync(Buffer.from(path.join(directory, inside), 'latin1'), { encoding: 'latin1' }).sort()) {
      if (inside === '' && name === '.git') continue
      const relative = path.posix.join(inside, name)
      const file = Buffer.concat([Buffer.from(directory + '/'), Buffer.from(relative, 'latin1')])
      const stat = fs.lstatSync(file)
      if (stat.isDirectory()) walk(relative)
      else found.set(relative, stat.isSymbolicLink() ? `-> ${fs.readlinkSync(file, 'latin1')}` : fs.readFileSync(file).toString('latin1'))
    }
  }
  walk('')
  return found
}

/** The requests that listing packs makes, answered from the folder; the file view refuses what is over 500 kB, as StackStorm does. */
function apiOf(directory: string): StackStorm {
  const filesOf = (ref: string): string[] => [...contentOf(path.join(directory, ref)).keys()].filter((name) => !name.endsWith('.pyc'))
  const list = async function* (where: string): AsyncGenerator<unknown> {
    if (where !== '/v1/packs') return
    for (const ref of fs.readdirSync(directory).sort()) {
      const text = fs.readFileSync(path.join(directory, ref, 'pack.yaml'), 'utf8')
      yield { ref, name: ref, version: /^version: (.*)$/m.exec(text)?.[1], path: `/opt/stackstorm/packs/${ref}`, files: filesOf(ref), dependencies: [] }
    }
  }
  const getBytes = async (where: string): Promise<Buffer | undefined> => {
    const [, ref, name] = /^\/v1\/packs\/views\/file\/([^/]+)\/(.*)$/.exec(where) as unknown as [string, string, string]
    const file = path.join(directory, ref, decodeURIComponent(name))
    if (!fs.existsSync(file) || !fs.statSync(file).isFile()) return undefined
    const bytes = fs.readFileSync(file)
    return bytes.length > 500_000 ? undefined : bytes
  }
  return { list, getBytes } as unknown as StackStorm
}
