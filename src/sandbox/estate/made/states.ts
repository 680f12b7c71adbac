/**
 * What people switched on and off in the course of years, against what the packs ship: over the API (a reload forgets it) and,
 * for a built-in action, by an override. Plain data.
 */

export interface ChangedState {
  /** As the API's path names it. */
  kind: 'rules' | 'sensortypes' | 'actions' | 'actionalias' | 'policies'
  ref: string
  /** As it is now; the pack ships the opposite. */
  enabled: boolean
}

export const CHANGED_STATES: readonly ChangedState[] = [
  { kind: 'rules', ref: 'netops.device_down', enabled: false },
  { kind: 'rules', ref: 'deploy.on_push', enabled: true },
  { kind: 'sensortypes', ref: 'netops.DeviceStateSensor', enabled: false },
  { kind: 'sensortypes', ref: 'deploy.RegistrySensor', enabled: true },
  { kind: 'actions', ref: 'reports.write', enabled: false },
  { kind: 'actions', ref: 'homegrown.memory_check', enabled: true },
  { kind: 'actionalias', ref: 'tickets.open_ticket', enabled: false },
  { kind: 'actionalias', ref: 'deploy.rollback', enabled: true },
  { kind: 'policies', ref: 'netops.netops_diagnose_limit', enabled: false },
  { kind: 'policies', ref: 'netops.netops_list_retry', enabled: true },
]

/** Switched off for the whole instance: nobody has Windows machines any more. */
export const DISABLED_RUNNER = 'winrm-ps-script'
