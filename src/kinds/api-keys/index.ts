/**
 * The kind `api_keys`: every API key with its hash, so that the programs that hold one go on working with it on the new
 * instance. Facts: recordings apikeys and apikeys-paging of 3.4.1, 3.8.1 and 3.9.0.
 */
import type { Kind } from '../kind'
import { apiKeyFingerprint, apiKeySchema, type ApiKeyItem } from './item'
import { listApiKeys } from './list'
import { compareApiKeys, weighApiKey } from './weigh'
import { removeApiKey, restoreApiKey, writeApiKey } from './write'

export type { ApiKeyItem } from './item'

export const apiKeys: Kind<ApiKeyItem> = {
  name: 'api_keys',
  title: 'API keys',
  after: [],
  schema: apiKeySchema,
  // What StackStorm itself masks: hashes, and metadata that may hold anything.
  plainSecrets: true,
  packless: true,
  list: listApiKeys,
  compare: async (source, target) => compareApiKeys(source, target),
  fingerprint: apiKeyFingerprint,
  weigh: (source, target, _differences, weighing) => weighApiKey(source, target, weighing),
  write: (_change, item, before, writing) => writeApiKey(item, before, writing),
  remove: removeApiKey,
  restore: restoreApiKey,
  isHalfWritten: () => false,
  staysBehind: ['the users that StackStorm made for API keys of users it did not know', 'created_at of API keys that were changed and put back'],
}
