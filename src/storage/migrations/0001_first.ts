/**
 * The first tables: the whole way of a mail, and who may walk it with us.
 *
 * Longer than 300 lines because it is one list, and each table is read beside those it refers to.
 */

import { type Kysely, sql } from 'kysely';

const statements = [
  `create table mailbox (
    id bigint generated always as identity primary key,
    name text not null unique,
    address text not null,
    source text not null default '',
    uidvalidity bigint,
    uid bigint,
    sent_source text not null default '',
    sent_uidvalidity bigint,
    sent_uid bigint,
    watched boolean not null default true,
    lease_holder text,
    lease_until timestamptz,
    wished_since timestamptz,
    polled boolean not null default false,
    contacted_at timestamptz,
    read_at timestamptz,
    next_look_at timestamptz,
    error_code text,
    error_text text,
    trouble_since timestamptz,
    waiting integer not null default 0,
    taking_done integer,
    taking_total integer
  )`,
  `create table conversation (
    id bigint generated always as identity primary key,
    mailbox_id bigint not null references mailbox,
    customer_name text not null,
    customer_address text not null,
    subject text not null,
    normalized_subject text not null,
    participants text[] not null default '{}',
    merged_into bigint references conversation,
    last_message_id bigint,
    last_message_at timestamptz not null default now(),
    created_at timestamptz not null default now()
  )`,
  `create index conversation_customer on conversation (customer_address, mailbox_id, last_message_at)`,
  `create index conversation_writer on conversation
    (regexp_replace(customer_address, '[+][^@]*@', '@'))`,
  // Most have none; in a GIN index the many empty ones would still be entries.
  `create index conversation_participants on conversation using gin (participants)
    with (fastupdate = off) where participants <> '{}'`,
  `create index conversation_recent on conversation (mailbox_id, last_message_at)`,
  `create table message (
    id bigint generated always as identity primary key,
    mailbox_id bigint not null references mailbox,
    conversation_id bigint references conversation,
    direction text not null check (direction in ('inbound', 'outbound')),
    state text not null check (state in
      ('stored', 'answerable', 'automated', 'blocked', 'quarantined', 'done', 'outbound', 'elsewhere',
       'copy', 'imported')),
    state_reason text,
    handled_at timestamptz,
    handled_by bigint,
    raw bytea not null,
    raw_sha256 text not null,
    cut_kept text check (cut_kept in ('header', 'beginning')),
    cut_size bigint check ((cut_size is null) = (cut_kept is null)),
    uidvalidity bigint,
    uid bigint,
    received_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    message_id text,
    in_reply_to text,
    reference_ids text[] not null default '{}',
    from_name text not null default '',
    from_address text,
    reply_to jsonb,
    form_address text,
    recipients jsonb not null default '{"to":[],"cc":[]}',
    subject text not null default '',
    sent_at timestamptz,
    text text not null default '',
    new_text text not null default '',
    html text,
    attachments jsonb not null default '[]',
    sender_trust text not null default 'none' check (sender_trust in ('pass', 'fail', 'none')),
    sender_trust_domain text,
    unseen_report text check (unseen_report in ('failed', 'complaint')),
    unique (mailbox_id, raw_sha256),
    unique (mailbox_id, direction, uidvalidity, uid)
  )`,
  // Mail is compressed poorly and read seldom: keep it out of line and out of the way.
  `alter table message alter column raw set storage external`,
  // Compressing the texts would save a third of their space, and costs half the time of filing a mail.
  `alter table message alter column text set storage external`,
  `alter table message alter column new_text set storage external`,
  `alter table message alter column html set storage external`,
  `create index message_conversation on message (conversation_id, received_at, id)`,
  `create index message_incoming on message (mailbox_id, received_at)
    where direction = 'inbound' and state <> 'imported'`,
  `create index message_header_id on message (message_id)`,
  // Without a list of pending entries, which every look-up would read while much mail comes in.
  `create index message_references on message using gin (reference_ids) with (fastupdate = off)`,
  // Whose mails asked for drafts, and whose were held back, hour by hour.
  `create index message_writer on message
    (regexp_replace(lower(from_address), '[+][^@]*@', '@'), state, received_at)
    where state in ('answerable', 'blocked')`,
  `create index message_automatic on message (conversation_id, received_at)
    where state = 'automated'`,
  `create index message_filed on message (state, received_at desc, id desc)
    where state in ('stored', 'automated', 'blocked', 'quarantined', 'done')`,
  `create index message_unseen on message (id) where unseen_report is not null`,
  `alter table conversation add foreign key (last_message_id) references message`,
  `create table content (
    sha256 text primary key,
    body text not null
  )`,
  `create table responder (
    hash text primary key,
    prompt text not null,
    prompt_sha256 text not null,
    policy_set_sha256 text not null,
    examples_sha256 text not null,
    model text not null,
    settings jsonb not null,
    system_sha256 text not null references content,
    first_used_at timestamptz not null default now()
  )`,
  `create table draft (
    id bigint generated always as identity primary key,
    conversation_id bigint not null references conversation,
    message_id bigint not null references message,
    state text not null check (state in ('queued', 'drafting', 'ready', 'needs_person',
      'approved', 'rejected', 'stale', 'answered', 'failed')),
    answered_by bigint references message,
    attempt integer not null default 0,
    responder text,
    responder_hash text references responder,
    user_turn text,
    examples text[] not null default '{}',
    first jsonb,
    reply text,
    category text,
    urgency text check (urgency in ('normal', 'urgent')),
    language text,
    citations jsonb not null default '[]',
    missing jsonb not null default '[]',
    needs_person_reason text,
    checks jsonb not null default '[]',
    facts jsonb,
    input_tokens integer,
    cache_write_tokens integer,
    cache_read_tokens integer,
    output_tokens integer,
    cost_usd double precision,
    latency_ms integer,
    request_id text,
    error_code text,
    error_text text,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
  )`,
  // The promise that a conversation has at most one draft a person could approve.
  `create unique index draft_open on draft (conversation_id)
    where state in ('queued', 'drafting', 'ready', 'needs_person', 'failed')`,
  `create index draft_message on draft (message_id, id)`,
  `create index draft_conversation on draft (conversation_id, id)`,
  `create index draft_queue on draft (state, created_at, id)
    where state in ('queued', 'drafting', 'ready', 'needs_person', 'failed')`,
  `create index draft_answered on draft (changed_at desc, id desc) where state = 'answered'`,
  `create table translation (
    draft_id bigint not null references draft on delete cascade,
    language text not null,
    mail text not null,
    reply text not null,
    primary key (draft_id, language)
  )`,
  `create unlogged table draft_partial (
    draft_id bigint primary key references draft on delete cascade,
    attempt integer not null,
    text text not null
  )`,
  // What another responder would have written: no decision, delivery or pair can refer to it.
  `create table shadow_draft (
    id bigint generated always as identity primary key,
    draft_id bigint not null unique references draft on delete cascade,
    responder text not null,
    state text not null check (state in ('queued', 'drafting', 'drafted', 'failed')),
    attempt integer not null default 0,
    input text,
    responder_hash text references responder,
    user_turn text,
    examples text[] not null default '{}',
    fields jsonb,
    first jsonb,
    checks jsonb,
    input_tokens integer,
    cache_write_tokens integer,
    cache_read_tokens integer,
    output_tokens integer,
    cost_usd double precision,
    latency_ms integer,
    request_id text,
    error_code text,
    error_text text,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
  )`,
  `create index shadow_draft_waiting on shadow_draft (state, id)
    where state in ('queued', 'drafting')`,
  `create table model_call (
    id bigint generated always as identity primary key,
    draft_id bigint references draft on delete cascade,
    shadow_draft_id bigint references shadow_draft on delete cascade,
    attempt integer not null,
    number integer not null,
    purpose text not null
      check (purpose in ('triage', 'draft', 'repair', 'critique', 'translation')),
    responder_hash text not null references responder,
    request text not null,
    request_sha256 text not null,
    answer text not null,
    stop_reason text,
    input_tokens integer not null,
    cache_write_tokens integer not null,
    cache_read_tokens integer not null,
    output_tokens integer not null,
    cost_usd double precision,
    latency_ms integer not null,
    request_id text,
    at timestamptz not null default now(),
    check ((draft_id is null) <> (shadow_draft_id is null)),
    unique (draft_id, attempt, number),
    unique (shadow_draft_id, attempt, number)
  )`,
  // Who drafts at each of a hundred places; the newest entry of a mailbox and kind is in force.
  `create table rollout (
    id bigint generated always as identity primary key,
    mailbox text not null,
    kind text not null check (kind in ('split', 'shadow')),
    places text[] not null,
    previous_id bigint references rollout,
    set_by text not null,
    set_at timestamptz not null default now(),
    check (kind <> 'split' or cardinality(places) in (0, 100))
  )`,
  `create index rollout_newest on rollout (mailbox, kind, id)`,
  `create table spend_day (
    day text primary key,
    usd double precision not null
  )`,
  `create table spend (
    id bigint generated always as identity primary key,
    day text not null references spend_day,
    message_id bigint references message,
    usd double precision not null,
    reserved_at timestamptz not null default now(),
    settled_at timestamptz
  )`,
  `create index spend_message on spend (message_id)`,
  `create index spend_open on spend (reserved_at) where settled_at is null`,
  `create table batch (
    id bigint generated always as identity primary key,
    endpoint_id text unique,
    mark text not null unique,
    responder text not null,
    responder_hash text not null references responder,
    looks integer not null default 0,
    created_at timestamptz not null default now(),
    ended_at timestamptz
  )`,
  `create index batch_open on batch (created_at) where ended_at is null`,
  `create table batch_item (
    batch_id bigint not null references batch,
    draft_id bigint not null references draft,
    attempt integer not null,
    request text not null,
    user_turn text not null,
    input text,
    spend_id bigint references spend,
    primary key (batch_id, draft_id)
  )`,
  `create index batch_item_draft on batch_item (draft_id)`,
  `create table account (
    id bigint generated always as identity primary key,
    name text not null unique,
    password_hash text,
    role text not null default 'agent' check (role in ('agent', 'lead', 'admin')),
    created_at timestamptz not null default now()
  )`,
  `create table session (
    token_sha256 text primary key,
    account_id bigint not null references account on delete cascade,
    created_at timestamptz not null default now(),
    seen_at timestamptz not null default now()
  )`,
  `create table label_correction (
    id bigint generated always as identity primary key,
    draft_id bigint not null references draft,
    message_id bigint not null references message,
    mailbox_id bigint not null references mailbox,
    label text not null check (label in ('category', 'urgency', 'language')),
    from_value text,
    to_value text not null,
    account_id bigint not null references account,
    at timestamptz not null default now()
  )`,
  `create index label_correction_mailbox on label_correction (mailbox_id, id)`,
  `create index label_correction_message on label_correction (message_id, label, id)`,
  `alter table message add foreign key (handled_by) references account`,
  `create index session_account on session (account_id)`,
  `create table login_link (
    token_sha256 text primary key,
    account_id bigint not null references account on delete cascade,
    expires_at timestamptz not null,
    used_at timestamptz
  )`,
  `create table decision (
    id bigint generated always as identity primary key,
    draft_id bigint not null references draft,
    account_id bigint not null references account,
    verdict text not null check (verdict in ('approved', 'edited', 'rejected')),
    draft_state text not null check (draft_state in ('ready', 'needs_person', 'failed')),
    final_text text,
    origin text check (origin in ('verbatim', 'edited', 'human')),
    reasons text[] not null default '{}',
    note text,
    override boolean not null default false,
    redraft boolean not null default false,
    decided_at timestamptz not null default now(),
    undone_at timestamptz,
    undone_by bigint references account,
    check ((verdict = 'rejected') = (final_text is null)),
    check ((final_text is null) = (origin is null))
  )`,
  // Files that people attach to replies: of the next reply, until a decision settles it.
  `create table enclosure (
    id bigint generated always as identity primary key,
    message_id bigint not null references message,
    conversation_id bigint not null references conversation,
    account_id bigint not null references account,
    decision_id bigint references decision,
    filename text not null,
    content_type text not null default '',
    format text not null default 'unknown',
    pixels jsonb,
    size integer,
    sha256 text check ((sha256 is null) = (size is null)),
    created_at timestamptz not null default now(),
    let_go_at timestamptz,
    check (decision_id is null or sha256 is not null)
  )`,
  `create index enclosure_loose on enclosure (conversation_id, id) where decision_id is null`,
  `create index enclosure_decision on enclosure (decision_id, id) where decision_id is not null`,
  `create index enclosure_message on enclosure (message_id)`,
  `create index enclosure_kept on enclosure (created_at) where let_go_at is null`,
  `create table enclosure_piece (
    enclosure_id bigint not null references enclosure on delete cascade,
    number integer not null,
    bytes bytea not null,
    primary key (enclosure_id, number)
  )`,
  `alter table enclosure_piece alter column bytes set storage external`,
  // A draft is decided once; a decision that was undone does not count.
  `create unique index decision_draft on decision (draft_id) where undone_at is null`,
  `create index decision_all on decision (draft_id, id)`,
  `create table delivery (
    id bigint generated always as identity primary key,
    decision_id bigint not null unique references decision,
    conversation_id bigint not null references conversation,
    mailbox_id bigint not null references mailbox,
    message_id bigint not null references message,
    sent_message_id bigint references message,
    state text not null check (state in
      ('held', 'queued', 'sending', 'sent', 'refused', 'uncertain', 'cancelled')),
    header_message_id text not null unique,
    recipient jsonb not null,
    copies jsonb not null default '[]',
    hold_until timestamptz not null,
    leaves text not null default 'at_once'
      check (leaves in ('at_once', 'at_time', 'business_hours')),
    time_zone text check (time_zone is not null or leaves = 'at_once'),
    overtaken_by bigint references message,
    next_try_at timestamptz,
    ticket integer not null default 0,
    attempt integer not null default 0,
    envelope jsonb,
    bytes bytea,
    answer text,
    not_taken text[] not null default '{}',
    perhaps_taken boolean not null default false,
    sent_looked_at timestamptz,
    sent_copy_at timestamptz,
    sent_copy_trouble text,
    unseen_report text check (unseen_report in ('failed', 'complaint')),
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
  )`,
  // Read in pieces, as raw mail is.
  `alter table delivery alter column bytes set storage external`,
  `create index delivery_conversation on delivery (conversation_id, id)`,
  `create index delivery_open on delivery (state, id)
    where state in ('held', 'queued', 'sending', 'refused', 'uncertain')`,
  `create index delivery_unseen on delivery (id) where unseen_report is not null`,
  `create table delivery_report (
    delivery_id bigint references delivery on delete cascade,
    reply_id bigint references message,
    recipient text not null,
    action text not null check (action in ('failed', 'delayed', 'complaint')),
    message_id bigint references message,
    status text,
    diagnostic text,
    created_at timestamptz not null default now(),
    seen_at timestamptz,
    seen_by bigint references account,
    check ((delivery_id is null) <> (reply_id is null)),
    unique (delivery_id, recipient, action),
    unique (reply_id, recipient, action)
  )`,
  `create index delivery_report_message on delivery_report (message_id)`,
  `create table reported_id (
    reported text not null,
    delivery_id bigint not null references delivery on delete cascade,
    primary key (reported, delivery_id)
  )`,
  `create index delivery_message on delivery (message_id)`,
  // Few: what went wrong is taken back once the copy stands there.
  `create index delivery_uncopied on delivery (mailbox_id, changed_at)
    where state = 'sent' and sent_copy_trouble is not null`,
  `create index delivery_sent on delivery (changed_at desc, id desc) where state = 'sent'`,
  `create table regrouping (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('merge', 'split')),
    from_id bigint not null references conversation,
    into_id bigint not null references conversation,
    message_ids bigint[] not null,
    into_participants text[] not null,
    account_id bigint references account,
    created_at timestamptz not null default now(),
    undone_at timestamptz,
    undone_by bigint references account
  )`,
  `create index regrouping_into on regrouping (into_id, id)`,
  `create index regrouping_from on regrouping (from_id, id)`,
  `create table pair (
    id bigint generated always as identity primary key,
    decision_id bigint not null unique references decision,
    responder_hash text references responder,
    system_sha256 text references content,
    user_turn text not null,
    reply text not null,
    origin text not null check (origin in ('verbatim', 'edited', 'human')),
    category text,
    language text,
    reasons text[] not null default '{}',
    attachments jsonb not null default '[]',
    evaluation boolean not null default false,
    created_at timestamptz not null default now()
  )`,
  `create index pair_evaluation on pair (id) where evaluation`,
  `create table candidate (
    id bigint generated always as identity primary key,
    conversation_id bigint not null references conversation,
    message_id bigint not null unique references message,
    reply_id bigint not null unique references message,
    state text not null check (state in ('offered', 'accepted', 'declined')),
    source text not null check (source in ('sent_folder', 'import')),
    origin text not null default 'human' check (origin = 'human'),
    customer_text text not null,
    reply text not null,
    decided_by bigint references account,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
  )`,
  `create index candidate_state on candidate (state, id)`,
  `create table import_progress (
    mailbox_id bigint not null references mailbox,
    source text not null,
    fingerprint text not null,
    position text not null,
    changed_at timestamptz not null default now(),
    primary key (mailbox_id, source)
  )`,
  // By name, not by row: a token is stored before the mailbox is first watched.
  `create table mailbox_token (
    mailbox text primary key,
    version bigint not null default 1,
    sealed bytea not null,
    refreshing_until timestamptz,
    changed_at timestamptz not null default now()
  )`,
];

/** Creates the tables above, in an empty database. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
