/** What a pack says of itself in pack.yaml, as the installer reads it. */
import * as fs from 'fs'
import * as path from 'path'
import type { Sandbox } from '../types'
import { parseYaml } from '../content/yaml'
import { pyStr } from '../python'
import { meetsRequirement } from './versions'

type PackMetadata = Record<string, unknown>

/** Reads `pack.yaml`; throws with the installer's texts when it is missing or empty. */
export function readMetadata(directory: string): PackMetadata {
  const file = path.join(directory, 'pack.yaml')
  if (!fs.existsSync(file) || !fs.statSync(file).isFile()) throw new Error(`Pack "${directory}" is missing pack.yaml file`)
  const content = parseYaml(fs.readFileSync(file, 'utf8'), { source: file, keepFloats: true })
  if (!content) throw new Error(`Pack "${directory}" metadata file is empty`)
  return content as PackMetadata
}

/** Like {@link readMetadata}, undefined for whatever is wrong. */
export function tryReadMetadata(directory: string): PackMetadata | undefined {
  try {
    return readMetadata(directory)
  } catch {
    return undefined
  }
}

const REF = /^[a-z0-9_]+$/

/** The pack's ref: `ref`, else `name` where that can be one. */
export function packRef(metadata: PackMetadata, reserved: readonly string[]): string {
  const ref = metadata.ref ? pyStr(metadata.ref) : refFromName(pyStr(metadata.name))
  if (reserved.includes(ref)) throw new Error(`${ref} is a reserved name, and cannot be used as a pack name`)
  return ref
}

function refFromName(name: string): string {
  if (REF.test(name)) return name
  throw new Error(
    `Pack name "${name}" contains invalid characters and "ref" attribute is not available. You either need to add "ref" attribute which contains only word characters to the pack metadata file or update name attribute to contain onlyword characters.`,
  )
}

const OVERRIDE = 'You can override this restriction by providing the "force" flag, but the pack is not guaranteed to work.'

/** Throws when the pack was not made for this StackStorm or its Python. */
export function checkVersions(metadata: PackMetadata, sandbox: Pick<Sandbox, 'version' | 'traits'>): void {
  const name = pyStr(metadata.name)
  const required = metadata.stackstorm_version ? pyStr(metadata.stackstorm_version) : undefined
  if (required !== undefined && !meetsRequirement(sandbox.version, required)) {
    throw new Error(`Pack "${name}" requires StackStorm "${required}", but current version is "${sandbox.version}". ${OVERRIDE}`)
  }
  if (supportsOnlyPython2(metadata)) {
    throw new Error(`Pack "${name}" requires Python 2.x, but current Python version is "${sandbox.traits.pythonVersion}". ${OVERRIDE}`)
  }
}

/** The warning that an install of the pack ends with, if any. */
export function packWarning(metadata: PackMetadata): string | undefined {
  if (!supportsOnlyPython2(metadata)) return undefined
  return `DEPRECATION WARNING: Pack ${pyStr(metadata.name)} only supports Python 2.x. Python 2 support has been removed since st2 v3.4.0. Please update your packs to work with Python 3.x`
}

function supportsOnlyPython2(metadata: PackMetadata): boolean {
  const versions = metadata.python_versions
  return Array.isArray(versions) && versions.length > 0 && versions.every((version) => version === '2')
}
