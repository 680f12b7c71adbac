/** endpoints: who talks to the old instance and must be told of the new address. Asks only the old one, or nobody. */
import * as path from 'path'
import { endpointsStage } from '../report/endpoints'
import type { Form } from '../report/endpoints/render'
import type { Command } from './command'
import { SETS } from './options'
import { checkedUrl } from './sides'
import { runStage } from './stage'

export const endpoints: Command = {
  name: 'endpoints',
  describe: 'List who talks to the old instance and must be told of the new address, and where its name stands',
  options: [...SETS.base, 'as', 'to', ...SETS.source, 'target_url', 'old_names', ...SETS.transport, 'users', 'other_users', 'concurrency', ...SETS.unseal],
  examples: ['st2upgrade endpoints --target-url https://new.example/api', 'st2upgrade endpoints --archive /backup/old.st2.tar.gz.age --as csv --to endpoints.csv'],
  run: (args, machine) =>
    // The new address is only written down: whoever is there is not asked.
    runStage({ ...args, target_url: undefined }, machine, { source: args.archive === undefined ? 'needed' : 'no', target: 'no', run: 'new' }, (context, settings) =>
      endpointsStage({ archive: settings.archive, newApi: checkedUrl('target_url', args.target_url), oldNames: args.old_names, form: args.as as Form, to: args.to === undefined ? undefined : path.resolve(args.to) })(context, settings),
    ),
}
