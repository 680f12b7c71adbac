/** Override files of the old instance: a built-in action is off, and one action of a pack. StackStorm before 3.7 never reads them. */

export const OVERRIDES: Record<string, string> = {
  'core.yaml': `---
# No mail leaves this network.
actions:
  exceptions:
    sendmail:
      enabled: false
`,
  'reports.yaml': `---
actions:
  exceptions:
    device_report:
      enabled: false
`,
}
