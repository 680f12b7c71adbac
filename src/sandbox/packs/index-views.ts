/** /v1/packs/index: the pack index, a search in it, its health. Knowledge: recording packs-index. */
import { readBody } from '../executions/body'
import { pyStr } from '../python'
import type { Schema } from '../schema'
import { Fault, type Handler, type Sandbox } from '../types'
import { fetchIndex, IndexEmpty, indexHealth, requireIndex, searchIndex, type PackIndex } from './pack-index'

async function filledIndex({ packIndexUrl, traits }: Sandbox): Promise<PackIndex> {
  try {
    return await requireIndex(packIndexUrl, traits.indexStatusIndent)
  } catch (error) {
    throw error instanceof IndexEmpty ? new Fault(400, error.message) : error
  }
}

export const getIndex: Handler = async (_request, sandbox) => {
  const { index, status } = await filledIndex(sandbox)
  return { status: 200, json: { status, index } }
}

export const getIndexHealth: Handler = async (_request, sandbox) => ({ status: 200, json: indexHealth(await fetchIndex(sandbox.packIndexUrl)) })

const SEARCH: Schema = { type: 'object', properties: { pack: { type: 'string' }, query: { type: 'string' } } }

/** `query` searches, `pack` looks up one name; an unknown one gives an empty list, neither of the two an error nobody foresaw. */
export const postIndexSearch: Handler = async (request, sandbox) => {
  const { query, pack } = readBody(request, SEARCH)
  if (query === undefined && pack === undefined) throw new Fault(500, 'Internal Server Error')
  if (query !== undefined && !query) throw new Fault(400, 'Query must be specified.')
  if (query === undefined && !pack) throw new Fault(400, 'Pack name must be specified.')
  const index = await filledIndex(sandbox)
  return { status: 200, json: query === undefined ? (index.index[pyStr(pack)] ?? []) : searchIndex(index, pyStr(query)) }
}
