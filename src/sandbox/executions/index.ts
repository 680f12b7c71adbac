/** The room of executions: actions run, are watched, canceled, run again; questions are answered. */
import { keysOf } from '../datastore/store'
import type { Room } from '../types'
import { startClockwork, stopClockwork } from './clockwork'
import { engineOf } from './engine'
import { executeAlias, matchAndExecute } from './alias-executions'
import { getEnforcement, getTrace, getTriggerInstance, listEnforcements, listEnforcementViews, listTraces, listTriggerInstances } from './history'
import { answerInquiry, getInquiry, listInquiries } from './inquiries'
import { leaveFirstHistory } from './first-history'
import { executionFilters, listExecutions } from './list'
import { deleteExecution, postExecution, putExecution, reRunExecution } from './requests'
import { tellOfKey } from './rules/key-triggers'
import { postWebhook, reEmitInstance } from './rules/webhooks'
import { getAttribute, getChildren, getExecution, getOutput, getResult } from './single'

export const executionsRoom: Room = {
  name: 'executions',
  routes: [
    { method: 'GET', pattern: '/executions', handler: listExecutions, permission: 'execution_list' },
    { method: 'POST', pattern: '/executions', handler: postExecution },
    { method: 'GET', pattern: '/executions/views/filters', handler: executionFilters },
    { method: 'GET', pattern: '/executions/{id}', handler: getExecution },
    { method: 'PUT', pattern: '/executions/{id}', handler: putExecution },
    { method: 'DELETE', pattern: '/executions/{id}', handler: deleteExecution },
    { method: 'POST', pattern: '/executions/{id}/re_run', handler: reRunExecution },
    { method: 'GET', pattern: '/executions/{id}/output', handler: getOutput },
    { method: 'GET', pattern: '/executions/{id}/result', handler: getResult },
    { method: 'GET', pattern: '/executions/{id}/children', handler: getChildren },
    { method: 'GET', pattern: '/executions/{id}/attribute/{attribute}', handler: getAttribute },
    { method: 'POST', pattern: '/aliasexecution', handler: executeAlias },
    { method: 'POST', pattern: '/aliasexecution/match_and_execute', handler: matchAndExecute },
    { method: 'GET', pattern: '/inquiries', handler: listInquiries },
    { method: 'GET', pattern: '/inquiries/{id}', handler: getInquiry },
    { method: 'PUT', pattern: '/inquiries/{id}', handler: answerInquiry },
    { method: 'GET', pattern: '/triggerinstances', handler: listTriggerInstances },
    { method: 'GET', pattern: '/triggerinstances/{id}', handler: getTriggerInstance },
    { method: 'POST', pattern: '/triggerinstances/{id}/re_emit', handler: reEmitInstance },
    { method: 'POST', pattern: '/webhooks/{url*}', handler: postWebhook },
    { method: 'GET', pattern: '/ruleenforcements', handler: listEnforcements, permission: 'rule_enforcement_list' },
    { method: 'GET', pattern: '/ruleenforcements/views', handler: listEnforcementViews, permission: 'rule_enforcement_list' },
    { method: 'GET', pattern: '/ruleenforcements/{id}', handler: getEnforcement },
    { method: 'GET', pattern: '/traces', handler: listTraces, permission: 'trace_list' },
    { method: 'GET', pattern: '/traces/{id}', handler: getTrace },
  ],
  start: (sandbox) => {
    leaveFirstHistory(sandbox)
    keysOf(sandbox).changed = (change) => tellOfKey(sandbox, change)
    startClockwork(sandbox)
  },
  stop: (sandbox) => {
    stopClockwork(sandbox)
    engineOf(sandbox).stop()
  },
  reset: (sandbox) => engineOf(sandbox).endAll(),
}
