"""
Drives a workflow through orquesta's own conductor, one line of JSON at a time, so that a test decides what each action does.

Reads one line  {"workflow": PATH, "inputs": {...}, "context": {...}}            and prints {"errors": [...]} of the inspector.
Then, until the workflow ends, prints         {"task": NAME, "action": REF, "input": {...}}
                               and reads      {"status": "succeeded" | "failed" | "timeout", "result": ...}
At its end it prints                          {"ended": STATUS, "output": {...}, "errors": [...]}
                               and reads      {"rerun": [TASK, ...]}  to go on from there, or nothing more.
"""
import json
import sys

import yaml
from orquesta import conducting, events, requests, statuses
from orquesta.specs.native.v1.models import WorkflowSpec


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def hear():
    line = sys.stdin.readline()
    return json.loads(line) if line.strip() else None


def run_task(conductor, task):
    action = task["actions"][0]
    say({"task": task["id"], "action": action["action"], "input": action["input"]})
    conductor.update_task_state(task["id"], task["route"], events.ActionExecutionEvent(statuses.RUNNING))
    answer = hear()
    event = events.ActionExecutionEvent(answer["status"], result=answer["result"])
    conductor.update_task_state(task["id"], task["route"], event)


def run_to_end(conductor, routes):
    while True:
        tasks = conductor.get_next_tasks()
        if not tasks:
            break
        for task in tasks:
            routes[task["id"]] = task["route"]
            run_task(conductor, task)
    conductor.render_workflow_output()
    say({"ended": conductor.get_workflow_status(), "output": conductor.get_workflow_output(), "errors": conductor.errors})


def main():
    order = hear()
    with open(order["workflow"]) as definition:
        spec = WorkflowSpec(yaml.safe_load(definition))
    errors = spec.inspect(app_ctx=order["context"])
    say({"errors": errors})
    if errors:
        return
    conductor = conducting.WorkflowConductor(spec, context=order["context"], inputs=order["inputs"])
    conductor.request_workflow_status(statuses.RUNNING)
    routes = {}
    while True:
        run_to_end(conductor, routes)
        again = hear()
        if not again:
            return
        conductor.request_workflow_rerun(task_requests=[requests.TaskRerunRequest(name, routes[name], True) for name in again["rerun"]])


main()
