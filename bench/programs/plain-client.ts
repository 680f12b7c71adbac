/**
 * The yardstick: a client without any knowledge that PUTs keys over keep-alive connections, so many at a time:
 * `node plain-client.js API_URL CONCURRENCY FILE`, the token in the environment. FILE is JSON as `st2 key list -d -j` prints it.
 */
import * as fs from 'fs'
import { pooled, rawClient } from '../../src/sandbox/estate'

interface Key {
  name: string
  value: string
  secret: boolean
}

const [apiUrl, concurrency, file] = process.argv.slice(2) as [string, string, string]
const keys = JSON.parse(fs.readFileSync(file, 'utf8')) as Key[]
const client = rawClient(apiUrl, { 'x-auth-token': process.env['ST2_AUTH_TOKEN'] as string }, Number(concurrency))
pooled(keys, Number(concurrency), ({ name, value, secret }) => client.call('PUT', `/v1/keys/${encodeURIComponent(name)}`, { name, value, secret, scope: 'system' })).then(
  () => client.close(),
  (error: unknown) => {
    console.error(error)
    process.exit(1)
  },
)
