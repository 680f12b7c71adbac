/** The kind `configs`: each pack's configuration, its secrets included, and its file as bytes where files can be reached. */
import type { Kind } from '../kind'
import { compareConfigs } from './compare'
import { configFingerprint, configSchema, type ConfigItem } from './item'
import { listConfigs } from './list'
import { firstReplaced } from './replaced'
import { clearConfig, removeConfig, restoreConfig } from './undo'
import { weighConfig } from './weigh'
import { writeConfig } from './write'

export type { ConfigItem } from './item'

const UNSEEN = 'configurations are written through the API: a file in /opt/stackstorm/configs there that was never registered cannot be seen from here, and would be replaced'

export const configs: Kind<ConfigItem> = {
  name: 'configs',
  title: 'pack configurations',
  // A configuration is checked against its pack's schema.
  after: ['packs'],
  schema: configSchema,
  plainSecrets: true,
  list: listConfigs,
  compare: async (source, target, weighing) => compareConfigs(source, target, weighing),
  fingerprint: configFingerprint,
  isStranger: ({ unregistered }) => unregistered !== undefined,
  weigh: weighConfig,
  notices: async (changes, { target }) => (!target.files && changes.some(({ action }) => action === 'create') ? [UNSEEN] : []),
  maxConcurrent: 4,
  write: (change, item, _before, writing) => writeConfig(change, item, writing),
  // Removing a pack removes its record.
  needs: ({ pack }) => [{ kind: 'packs', identity: pack }],
  // Kept only where it was written as a file.
  needsFiles: async (pack, keepDir) => (await firstReplaced(keepDir, pack)) !== undefined,
  remove: removeConfig,
  clear: clearConfig,
  restore: restoreConfig,
  staysBehind: ['records of configurations, which go only with their packs'],
}
