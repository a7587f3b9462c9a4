/** Writes the configuration of a private Dovecot 2.3 in which every process and file stays inside one folder. */

/** Who runs what: as root Dovecot separates its parts, as an ordinary user everything is that user. */
export interface DovecotIdentity {
  readonly internal: string;
  readonly login: string;
  readonly mailUser: string;
  readonly mailGroup: string;
  /** chroot needs root. */
  readonly root: boolean;
}

export interface DovecotPorts {
  readonly imap: number;
  readonly imaps: number;
  readonly lmtp: number;
}

const SPECIAL_FOLDERS = ['Drafts', 'Sent', 'Junk', 'Trash', 'Archive'];

function listener(name: string, port: number, more = ''): string {
  return `  inet_listener ${name} {\n    address = 127.0.0.1\n    port = ${port}\n${more}  }`;
}

function services(ports: DovecotPorts, identity: DovecotIdentity, tls: boolean): string {
  const imaps = tls
    ? listener('imaps', ports.imaps, '    ssl = yes\n')
    : '  inet_listener imaps {\n    port = 0\n  }';
  const noChroot = identity.root ? '' : '  chroot =\n';
  return [
    `service imap-login {\n${noChroot}${listener('imap', ports.imap)}\n${imaps}\n}`,
    `service lmtp {\n${listener('lmtp', ports.lmtp)}\n}`,
    // Without this, every login after a wrong password waits for seconds (auth_failure_delay does not cover it).
    `service anvil {\n${noChroot}  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}`,
    `service stats {\n${noChroot}}`,
  ].join('\n');
}

export interface DovecotLogins {
  readonly tls: boolean;
  /** Where tokens are looked up (RFC 7662), for logins by OAuth; null takes passwords only. */
  readonly introspectionUrl: string | null;
}

/** The text of the file that dovecot.conf names for tokens. */
export function tokenConfig(introspectionUrl: string): string {
  return `introspection_mode = post
introspection_url = ${introspectionUrl}
active_attribute = active
active_value = true
username_attribute = username
`;
}

function tokenPassdb(folder: string): string {
  return `passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${folder}/etc/oauth2.conf
}`;
}

/** The text of dovecot.conf. @param folder absolute path of the private folder */
export function dovecotConfig(
  folder: string,
  ports: DovecotPorts,
  identity: DovecotIdentity,
  { tls, introspectionUrl }: DovecotLogins,
): string {
  const special = SPECIAL_FOLDERS.map(
    (name) => `  mailbox ${name} {\n    auto = subscribe\n    special_use = \\${name}\n  }`,
  );
  return `
protocols = imap lmtp
listen = 127.0.0.1
instance_name = replywright-test
base_dir = ${folder}/base
state_dir = ${folder}/state
# The parent process reads the log from the pipe: it says when the server is up, and why not.
log_path = /dev/stderr
default_internal_user = ${identity.internal}
default_internal_group = ${identity.root ? identity.internal : identity.mailGroup}
default_login_user = ${identity.login}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = ${identity.mailUser}
mail_gid = ${identity.mailGroup}
mail_privileged_group =
mail_home = ${folder}/mail/%u
mail_location = maildir:~/Maildir
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
disable_plaintext_auth = no
auth_mechanisms = plain login${introspectionUrl === null ? '' : ' xoauth2 oauthbearer'}
auth_failure_delay = 0
mail_max_userip_connections = 100
ssl = ${tls ? 'yes' : 'no'}
ssl_cert = <${folder}/etc/tls.crt
ssl_key = <${folder}/etc/tls.key
${introspectionUrl === null ? '' : tokenPassdb(folder)}
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${folder}/etc/users
}
userdb {
  driver = static
  args = uid=${identity.mailUser} gid=${identity.mailGroup} home=${folder}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
${special.join('\n')}
}
${services(ports, identity, tls)}
`;
}
