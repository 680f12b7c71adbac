import { machineEnvironment } from '../../../../src/sandbox/executions/runners/local-shell'

test('an action does not get what a client of the sandbox set for itself', () => {
  const env = { PATH: '/bin', HOME: '/root', ST2_AUTH_TOKEN: 'x', ST2_API_URL: 'y', ST2UPGRADE_TARGET_API_KEY: 'z', ST2UPGRADE_NODE: '/opt/node' }
  expect(machineEnvironment(env)).toEqual({ PATH: '/bin', HOME: '/root', ST2UPGRADE_NODE: '/opt/node' })
})
