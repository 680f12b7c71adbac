/** The kind `configs`: each pack's configuration, its secrets included, and its file as bytes where files can be reached. */
import type { Kind } from '../kind'
import { compareConfigs } from './compare'
import { configFingerprint, configSchema, type ConfigItem } from './item'
import { listConfigs } from './list'
import { clearConfig, removeConfig, restoreConfig } from './undo'
import { weighConfig } from './weigh'
import { writeConfig } from './write'

export type { ConfigItem } from './item'

export const configs: Kind<ConfigItem> = {
  name: 'configs',
  title: 'pack configurations',
  // A configuration is checked against its pack's schema.
  after: ['packs'],
  schema: configSchema,
  plainSecrets: true,
  list: listConfigs,
  compare: async (source, target, weighing) => compareConfigs(source, target, weighing.target.files !== undefined),
  fingerprint: configFingerprint,
  weigh: weighConfig,
  maxConcurrent: 4,
  write: (change, item, _before, writing) => writeConfig(change, item, writing),
  remove: removeConfig,
  clear: clearConfig,
  restore: restoreConfig,
  staysBehind: ['records of configurations, which go only with their packs'],
}
