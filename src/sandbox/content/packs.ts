/** The pack itself: its metadata, its list of files, its config schema. */
import * as fs from 'fs'
import * as path from 'path'
import { PyFloat, isMapping, pyRepr, pyStr } from '../python'
import { duplicateFault } from '../duplicate'
import { DuplicateKey, Fault, type Sandbox } from '../types'
import { configSchemas, packs, type Json, type PackDoc } from './documents'
import { CONFIG_SCHEMA, PACK } from './models'
import { SchemaFault, cleaned } from './validation'
import { parseYaml } from './yaml'

const PACK_REF = /^[a-z0-9_]+$/
const RESERVED = '_global'

/** Brings the pack in `directory`, and its config schema, into the database. Throws what is wrong with its metadata. */
export function registerPackItself(sandbox: Sandbox, name: string, directory: string): void {
  putPack(sandbox, packDoc(sandbox, name, directory))
  registerConfigSchema(sandbox, name, path.join(directory, 'config.schema.yaml'))
}

function packDoc(sandbox: Sandbox, name: string, directory: string): PackDoc {
  const metadata = readMetadata(directory)
  const ref = refFrom(metadata, name)
  const checked = checkedMetadata(sandbox, { ...metadata, ...(truthy(metadata.version) && { version: pyStr(metadata.version) }), ref, files: filesIn(directory), path: directory })
  for (const member of ['email']) if (!(member in metadata)) throw new Error(`'PackAPI' object has no attribute '${member}'`)
  const text = (member: string): Json => (typeof checked[member] === 'string' ? { [member]: checked[member] } : {})
  return {
    uid: `pack:${ref}`,
    ref,
    name: checked.name as string,
    description: checked.description as string,
    keywords: (metadata.keywords ?? []) as string[],
    version: checked.version as string,
    ...text('stackstorm_version'),
    python_versions: (metadata.python_versions ?? []) as string[],
    author: checked.author as string,
    ...text('email'),
    contributors: (metadata.contributors ?? []) as string[],
    files: checked.files as string[],
    path: directory,
    dependencies: (metadata.dependencies ?? []) as string[],
    system: (metadata.system ?? {}) as Json,
    id: packs(sandbox).by('ref_1', ref)?.id ?? sandbox.store.newId(),
  }
}

function readMetadata(directory: string): Json {
  const file = path.join(directory, 'pack.yaml')
  if (!fs.existsSync(file)) throw new Fault(400, `Pack "${directory}" is missing pack.yaml file`)
  const content = parseYaml(fs.readFileSync(file, 'utf8'), { source: file, keepFloats: true })
  if (!truthy(content)) throw new Fault(400, `Pack "${directory}" metadata file is empty`)
  if (!isMapping(content)) throw new Error(`${pyRepr(content)} has no attribute 'get'`)
  return content
}

const truthy = (value: unknown): boolean => (value instanceof PyFloat ? value.value !== 0 : isMapping(value) ? Object.keys(value).length > 0 : Boolean(value))

function refFrom(metadata: Json, directoryName: string): string {
  const ref = truthy(metadata.ref) ? pyStr(metadata.ref) : PACK_REF.test(directoryName) ? directoryName : refFromName(pyStr(metadata.name))
  if (ref === RESERVED) throw new Fault(400, `${ref} is a reserved name, and cannot be used as a pack name`)
  return ref
}

function refFromName(name: string): string {
  if (PACK_REF.test(name)) return name
  throw new Fault(
    400,
    `Pack name "${name}" contains invalid characters and "ref" attribute is not available. You either need to add "ref" attribute which contains only word characters to the pack metadata file or update name attribute to contain onlyword characters.`,
  )
}

/** Version and ref have friendlier texts before the schema's own. */
function checkedMetadata({ traits }: Sandbox, metadata: Json): Json {
  try {
    return cleaned(PACK, metadata, traits)
  } catch (error) {
    if (!(error instanceof SchemaFault)) throw error
    const text = friendlier(error, metadata) + error.long
    throw new SchemaFault(text, text, error.path)
  }
}

function friendlier(error: SchemaFault, { version }: Json): string {
  if (!error.long.includes("Failed validating 'pattern'")) return ''
  if (error.path[0] === 'version') return `Pack version "${pyStr(version)}" doesn't follow a valid semver format. Valid versions and formats include: 0.1.0, 0.2.1, 1.1.0, etc.\n\n`
  if (error.path[0] === 'ref') return 'Pack ref / name can only contain valid word characters (a-z, 0-9 and _), dashes are not allowed.\n\n'
  return ''
}

/** All files of a pack, relative to it, without git's own and compiled Python. A link to a directory is not followed. */
export function filesIn(directory: string, below = ''): string[] {
  const entries = fs.readdirSync(path.join(directory, below), { withFileTypes: true })
  const isDirectory = (entry: fs.Dirent): boolean => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(path.join(directory, below, entry.name)))
  const files = entries.filter((entry) => !isDirectory(entry) && !entry.name.endsWith('.pyc')).map(({ name }) => path.posix.join(below, name))
  const folders = entries.filter((entry) => entry.isDirectory() && !(below === '' && entry.name === '.git'))
  return [...files, ...folders.flatMap(({ name }) => filesIn(directory, path.posix.join(below, name)))]
}

function isFolder(file: string): boolean {
  try {
    return fs.statSync(file).isDirectory()
  } catch {
    return false
  }
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

function putPack(sandbox: Sandbox, pack: PackDoc): void {
  if (pack.email !== undefined && !EMAIL.test(pack.email)) throw new Error(`ValidationError (PackDB:${pack.id}) (Invalid email address: ${pack.email}: ['email'])`)
  try {
    packs(sandbox).put(pack)
  } catch (error) {
    if (error instanceof DuplicateKey) throw duplicateFault(sandbox, 'pack_d_b', error.index, { [error.index.replace('_1', '')]: error.value }, null)
    throw error
  }
}

function registerConfigSchema(sandbox: Sandbox, pack: string, file: string): void {
  if (!fs.existsSync(file)) return
  const attributes = parseYaml(fs.readFileSync(file, 'utf8'), { source: file })
  if (!truthy(attributes)) throw new Fault(400, `Config schema "${file}" is empty and invalid.`)
  const checked = cleaned(CONFIG_SCHEMA, { pack, attributes }, sandbox.traits)
  configSchemas(sandbox).put({ pack, attributes: checked.attributes as Json, id: configSchemas(sandbox).by('pack_1', pack)?.id ?? sandbox.store.newId() })
}
