/** RBAC files of the old instance: two roles, who has them, and one mapping of a group. They count once st2-apply-rbac-definitions is run. */

export const RBAC: Record<string, string> = {
  'roles/operators.yaml': `---
name: operators
description: Run what the operations team runs
enabled: true
permission_grants:
  - resource_uid: "pack:netops"
    permission_types:
      - pack_all
  - permission_types:
      - execution_list   # everybody may look
`,
  'roles/auditors.yaml': `---
name: auditors
description: Look, and touch nothing
enabled: true
permission_grants:
  - permission_types:
      - rule_list
      - action_list
`,
  'assignments/alice.yaml': '---\nusername: alice\ndescription: On call\nenabled: true\nroles:\n  - operators\n',
  'assignments/bob.yaml': '---\nusername: bob\nenabled: false\nroles:\n  - auditors\n',
  'assignments/st2admin.yaml': '---\nusername: st2admin\nroles:\n  - system_admin\n',
  'mappings/staff.yaml': '---\ngroup: "CN=staff,OU=groups,DC=example,DC=org"\ndescription: Everybody\nenabled: true\nroles:\n  - observer\n',
}
