/** Trigger types that somebody made through the API: no file of a pack knows them. Plain data, as it is posted. */

export const TRIGGER_TYPES = [
  {
    name: 'link_state',
    pack: 'netops',
    description: 'A link went up or down; sent by the switches',
    payload_schema: { type: 'object', properties: { port: { type: 'string' }, state: { type: 'string', enum: ['up', 'down'] } }, required: ['port'] },
    tags: [{ name: 'team', value: 'network' }],
  },
  {
    name: 'capacity',
    pack: 'default',
    payload_schema: { type: 'object', properties: { used: { type: 'number' } } },
    parameters_schema: { type: 'object', properties: { site: { type: 'string', required: true } }, additionalProperties: false },
  },
] as const
