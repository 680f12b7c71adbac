/** Files of the host that StackStorm's services read: what people edited there in the course of years. Paths below the root. Plain data. */

const ST2_CONF = `# Edited by hand; ask operations@example.org before you change it.
[api]
host = 127.0.0.1
port = 9101
mask_secrets = True
# the web UI under its old name
allow_origin = https://old.example.org,http://127.0.0.1:3000
logging = /etc/st2/logging.api.conf

[auth]
host = 127.0.0.1
port = 9100
use_ssl = False
debug = False
enable = True
logging = /etc/st2/logging.auth.conf
mode = standalone
backend = flat_file
backend_kwargs = {"file_path": "/etc/st2/htpasswd"}
token_ttl = 86400
api_url = https://old.example.org/api

[database]
host = 127.0.0.1
port = 27017
username = stackstorm
password = mong0-Passw0rd
ssl = True

[messaging]
url = amqp://stackstorm:rabb1t-Passw0rd@127.0.0.1:5672/

[coordination]
url = redis://:r3dis-Passw0rd@127.0.0.1:6379

[keyvalue]
enable_encryption = True
encryption_key_path = /etc/st2/keys/datastore_key.json

[rbac]
enable = False

[webui]
webui_base_url = https://old.example.org

[garbagecollector]
logging = /etc/st2/logging.garbagecollector.conf
action_executions_ttl = 90

[actionrunner]
logging = /etc/st2/logging.actionrunner.conf
workers = 10

[system_user]
user = stanley
ssh_key_file = /home/stanley/.ssh/stanley_rsa
`

const CHATOPS = `# Credentials of the chat
export ST2_HOSTNAME="old.example.org"
export HUBOT_ADAPTER=slack
export HUBOT_SLACK_TOKEN="xoxb-not-a-real-one"
export ST2_API_KEY="c2hvdWxkLW5ldmVyLWJlLXNob3du"
export ST2_AUTH_URL="https://old.example.org/auth"
export HUBOT_LOG_LEVEL=debug
`

const NGINX = `server {
  listen *:443 ssl;
  server_name old.example.org;
  ssl_certificate /etc/ssl/st2/st2.crt;
  ssl_certificate_key /etc/ssl/st2/st2.key;
  client_max_body_size 20m;
  location /api/ {
    rewrite ^/api/(.*) /$1 break;
    proxy_pass http://127.0.0.1:9101/;
  }
}
`

const logging = (service: string): string => `[loggers]
keys=root

[handlers]
keys=fileHandler, auditHandler

[formatters]
keys=verboseFormatter, gelfFormatter

[logger_root]
level=DEBUG
handlers=fileHandler, auditHandler

[handler_fileHandler]
class=st2common.log.FormatNamedFileHandler
level=INFO
formatter=verboseFormatter
args=("/var/log/st2/${service}.log",)

[handler_auditHandler]
class=st2common.log.FormatNamedFileHandler
level=AUDIT
formatter=gelfFormatter
args=("/var/log/st2/${service}.audit.log",)
`

export interface HostFile {
  text: string
  mode: number
}

/** What is there beside the users' file: that grows, see {@link MORE_USERS}. */
export const HOST_FILES: Record<string, HostFile> = {
  'etc/st2/st2.conf': { text: ST2_CONF, mode: 0o640 },
  'etc/st2/logging.api.conf': { text: logging('st2api'), mode: 0o644 },
  'etc/st2/logging.auth.conf': { text: logging('st2auth'), mode: 0o644 },
  'etc/st2/logging.actionrunner.conf': { text: logging('st2actionrunner').replace('DEBUG', 'INFO'), mode: 0o644 },
  'opt/stackstorm/chatops/st2chatops.env': { text: CHATOPS, mode: 0o600 },
  'etc/nginx/conf.d/st2.conf': { text: NGINX, mode: 0o644 },
}

/** Lines for users beside those that every sandbox has, with the same password, hashed in two ways. */
export const MORE_USERS = ['operator:$apr1$estate01$PFSd9lLlg2GWq7g.0o8Q./', 'auditor:{SHA}hNDPBN5LIlHhoHC/cA2TxDWFe/w=']
