-- The schema after all migrations, as PostgreSQL has it. Written by schema-dumps.ts.

table drain
  number bigint identity not null
  id character varying(64) collate "C" not null
  open_key character varying(255) collate "C"
  host_uuid character varying(36) collate "C" not null
  host_name character varying(255) collate "C" not null
  segment_uuid character varying(36) collate "C" not null
  parallel bigint not null
  deadline_ms bigint not null
  asked_by text collate "C" not null
  note text collate "C"
  state character varying(32) collate "C" not null
  message text collate "C"
  service_uuid character varying(36) collate "C"
  was_enabled bigint
  tries bigint not null default 0
  opened_at_ms bigint not null
  updated_at_ms bigint not null
  closed_at_ms bigint
  constraint drain_id_key UNIQUE (id)
  constraint drain_open_key_key UNIQUE (open_key)
  constraint drain_pkey PRIMARY KEY (number)
  CREATE INDEX drain_by_closed ON public.drain USING btree (closed_at_ms)
  CREATE UNIQUE INDEX drain_id_key ON public.drain USING btree (id)
  CREATE UNIQUE INDEX drain_open_key_key ON public.drain USING btree (open_key)
  CREATE UNIQUE INDEX drain_pkey ON public.drain USING btree (number)

table drain_instance
  number bigint identity not null
  drain_id character varying(64) collate "C" not null
  instance_uuid character varying(36) collate "C" not null
  instance_name text collate "C" not null
  place bigint not null
  status character varying(32) collate "C" not null
  dest_host character varying(255) collate "C"
  message text collate "C"
  updated_at_ms bigint not null
  constraint drain_instance_once UNIQUE (drain_id, instance_uuid)
  constraint drain_instance_pkey PRIMARY KEY (number)
  CREATE UNIQUE INDEX drain_instance_once ON public.drain_instance USING btree (drain_id, instance_uuid)
  CREATE UNIQUE INDEX drain_instance_pkey ON public.drain_instance USING btree (number)

table host
  id bigint identity not null
  uuid character varying(36) collate "C" not null
  segment_uuid character varying(36) collate "C" not null
  name character varying(255) collate "C" not null
  type character varying(255) collate "C" not null
  control_attributes text collate "C" not null
  reserved bigint not null
  on_maintenance bigint not null
  created_at_ms bigint not null
  updated_at_ms bigint
  deleted_at_ms bigint
  deleted_id bigint not null default 0
  maintenance_by_recovery bigint not null default 0
  constraint host_live_name UNIQUE (name, deleted_id)
  constraint host_pkey PRIMARY KEY (id)
  constraint host_segment FOREIGN KEY (segment_uuid) REFERENCES segment(uuid)
  constraint host_uuid_key UNIQUE (uuid)
  CREATE INDEX host_by_deleted_created_id ON public.host USING btree (deleted_id, created_at_ms, id)
  CREATE INDEX host_by_segment_uuid_deleted_created_id ON public.host USING btree (segment_uuid, deleted_id, created_at_ms, id)
  CREATE UNIQUE INDEX host_live_name ON public.host USING btree (name, deleted_id)
  CREATE UNIQUE INDEX host_pkey ON public.host USING btree (id)
  CREATE UNIQUE INDEX host_uuid_key ON public.host USING btree (uuid)

table host_return
  number bigint identity not null
  incident_id character varying(64) collate "C" not null
  host_uuid character varying(36) collate "C" not null
  host_name character varying(255) collate "C" not null
  service_uuid character varying(36) collate "C" not null
  silent_stamp character varying(64) collate "C" not null
  was_enabled bigint not null
  state character varying(32) collate "C" not null
  message text collate "C"
  tries bigint not null
  created_at_ms bigint not null
  updated_at_ms bigint not null
  constraint host_return_incident_id_key UNIQUE (incident_id)
  constraint host_return_pkey PRIMARY KEY (number)
  constraint return_incident FOREIGN KEY (incident_id) REFERENCES incident(id)
  CREATE INDEX host_return_by_host_name_state ON public.host_return USING btree (host_name, state)
  CREATE INDEX host_return_by_state_created_number ON public.host_return USING btree (state, created_at_ms, number)
  CREATE UNIQUE INDEX host_return_incident_id_key ON public.host_return USING btree (incident_id)
  CREATE UNIQUE INDEX host_return_pkey ON public.host_return USING btree (number)

table incident
  number bigint identity not null
  id character varying(64) collate "C" not null
  host_uuid character varying(36) collate "C" not null
  host_name character varying(255) collate "C" not null
  segment_uuid character varying(36) collate "C" not null
  state character varying(32) collate "C" not null
  guard character varying(64) collate "C"
  reason text collate "C"
  open_key character varying(255) collate "C"
  evidence_total bigint not null
  opened_at_ms bigint not null
  updated_at_ms bigint not null
  closed_at_ms bigint
  retries bigint not null default 0
  retry_asked_at_ms bigint
  acknowledged_by character varying(255) collate "C"
  acknowledged_at_ms bigint
  acknowledge_note text collate "C"
  paused_by character varying(255) collate "C"
  paused_at_ms bigint
  pause_note text collate "C"
  method character varying(64) collate "C"
  method_by character varying(255) collate "C"
  method_at_ms bigint
  method_note text collate "C"
  constraint incident_id_key UNIQUE (id)
  constraint incident_open_key_key UNIQUE (open_key)
  constraint incident_pkey PRIMARY KEY (number)
  CREATE INDEX incident_by_closed_opened_number ON public.incident USING btree (closed_at_ms, opened_at_ms, number)
  CREATE INDEX incident_by_opened ON public.incident USING btree (opened_at_ms, number)
  CREATE INDEX incident_by_segment_uuid_state ON public.incident USING btree (segment_uuid, state)
  CREATE UNIQUE INDEX incident_id_key ON public.incident USING btree (id)
  CREATE UNIQUE INDEX incident_open_key_key ON public.incident USING btree (open_key)
  CREATE UNIQUE INDEX incident_pkey ON public.incident USING btree (number)

table incident_event
  id bigint identity not null
  incident_id character varying(64) collate "C" not null
  step character varying(255) collate "C" not null
  message text collate "C" not null
  progress double precision not null
  failed bigint not null
  at_ms bigint not null
  constraint event_incident FOREIGN KEY (incident_id) REFERENCES incident(id)
  constraint incident_event_pkey PRIMARY KEY (id)
  CREATE INDEX incident_event_by_incident_id ON public.incident_event USING btree (incident_id, id)
  CREATE UNIQUE INDEX incident_event_pkey ON public.incident_event USING btree (id)

table incident_evidence
  id bigint identity not null
  incident_id character varying(64) collate "C" not null
  kind character varying(32) collate "C" not null
  source character varying(255) collate "C" not null
  observer character varying(255) collate "C" not null
  content text collate "C" not null
  received_at_ms bigint not null
  constraint evidence_incident FOREIGN KEY (incident_id) REFERENCES incident(id)
  constraint incident_evidence_pkey PRIMARY KEY (id)
  CREATE INDEX incident_evidence_by_incident_id ON public.incident_evidence USING btree (incident_id, id)
  CREATE UNIQUE INDEX incident_evidence_pkey ON public.incident_evidence USING btree (id)

table instance_lock
  number bigint identity not null
  uuid character varying(36) collate "C" not null
  incident_id character varying(64) collate "C" not null
  instance_uuid character varying(36) collate "C" not null
  is_settled bigint not null default 0
  created_at_ms bigint not null
  constraint instance_lock_incident FOREIGN KEY (incident_id) REFERENCES incident(id)
  constraint instance_lock_of_incident UNIQUE (incident_id, instance_uuid)
  constraint instance_lock_pkey PRIMARY KEY (number)
  constraint instance_lock_uuid_key UNIQUE (uuid)
  CREATE UNIQUE INDEX instance_lock_of_incident ON public.instance_lock USING btree (incident_id, instance_uuid)
  CREATE UNIQUE INDEX instance_lock_pkey ON public.instance_lock USING btree (number)
  CREATE UNIQUE INDEX instance_lock_uuid_key ON public.instance_lock USING btree (uuid)

table instance_rule
  instance_uuid character varying(36) collate "C" not null
  policy character varying(16) collate "C"
  priority bigint
  changed_by text collate "C" not null
  note text collate "C"
  changed_at_ms bigint not null
  constraint instance_rule_pkey PRIMARY KEY (instance_uuid)
  CREATE UNIQUE INDEX instance_rule_pkey ON public.instance_rule USING btree (instance_uuid)

table lease
  name character varying(255) collate "C" not null
  holder character varying(255) collate "C"
  epoch bigint not null
  beat bigint not null
  constraint lease_pkey PRIMARY KEY (name)
  CREATE UNIQUE INDEX lease_pkey ON public.lease USING btree (name)

table notification
  id bigint identity not null
  uuid character varying(36) collate "C" not null
  type character varying(32) collate "C" not null
  host_uuid character varying(36) collate "C" not null
  host_name character varying(255) collate "C" not null
  segment_uuid character varying(36) collate "C" not null
  generated_at_ms bigint not null
  payload text collate "C" not null
  reported_by text collate "C" not null
  status character varying(32) collate "C" not null
  message text collate "C"
  incident_id character varying(64) collate "C"
  fingerprint character varying(64) collate "C" not null
  occurrence bigint not null
  created_at_ms bigint not null
  updated_at_ms bigint
  copies bigint not null default 0
  constraint notification_occurrence UNIQUE (fingerprint, occurrence)
  constraint notification_pkey PRIMARY KEY (id)
  constraint notification_uuid_key UNIQUE (uuid)
  CREATE INDEX notification_by_created_id ON public.notification USING btree (created_at_ms, id)
  CREATE INDEX notification_by_fingerprint_generated ON public.notification USING btree (fingerprint, generated_at_ms)
  CREATE INDEX notification_by_generated_id ON public.notification USING btree (generated_at_ms, id)
  CREATE INDEX notification_by_host_uuid_created_id ON public.notification USING btree (host_uuid, created_at_ms, id)
  CREATE INDEX notification_by_incident_created_id ON public.notification USING btree (incident_id, created_at_ms, id)
  CREATE INDEX notification_by_status_created_id ON public.notification USING btree (status, created_at_ms, id)
  CREATE UNIQUE INDEX notification_occurrence ON public.notification USING btree (fingerprint, occurrence)
  CREATE UNIQUE INDEX notification_pkey ON public.notification USING btree (id)
  CREATE UNIQUE INDEX notification_uuid_key ON public.notification USING btree (uuid)

table notification_copy
  id bigint identity not null
  notification_uuid character varying(36) collate "C" not null
  kind character varying(32) collate "C" not null
  source character varying(255) collate "C" not null
  observer character varying(255) collate "C" not null
  content text collate "C" not null
  received_at_ms bigint not null
  constraint notification_copy_pkey PRIMARY KEY (id)
  CREATE INDEX notification_copy_by_notification ON public.notification_copy USING btree (notification_uuid, id)
  CREATE UNIQUE INDEX notification_copy_pkey ON public.notification_copy USING btree (id)

table repair
  number bigint identity not null
  id character varying(64) collate "C" not null
  kind character varying(32) collate "C" not null
  subject text collate "C" not null
  subject_key character varying(64) collate "C" not null
  open_key character varying(64) collate "C"
  host_uuid character varying(36) collate "C" not null
  host_name character varying(255) collate "C" not null
  segment_uuid character varying(36) collate "C" not null
  payload text collate "C" not null
  status character varying(32) collate "C" not null
  message text collate "C"
  reports bigint not null
  started_at_ms bigint
  tries bigint not null default 0
  tried_at_ms bigint
  opened_at_ms bigint not null
  updated_at_ms bigint not null
  closed_at_ms bigint
  constraint repair_id_key UNIQUE (id)
  constraint repair_open_key_key UNIQUE (open_key)
  constraint repair_pkey PRIMARY KEY (number)
  CREATE INDEX repair_by_closed ON public.repair USING btree (closed_at_ms)
  CREATE INDEX repair_by_subject ON public.repair USING btree (subject_key, number)
  CREATE UNIQUE INDEX repair_id_key ON public.repair USING btree (id)
  CREATE UNIQUE INDEX repair_open_key_key ON public.repair USING btree (open_key)
  CREATE UNIQUE INDEX repair_pkey ON public.repair USING btree (number)

table repair_event
  id bigint identity not null
  repair_id character varying(64) collate "C" not null
  step character varying(64) collate "C" not null
  message text collate "C" not null
  progress double precision not null
  failed bigint not null
  at_ms bigint not null
  constraint repair_event_pkey PRIMARY KEY (id)
  CREATE INDEX repair_event_by_repair ON public.repair_event USING btree (repair_id, id)
  CREATE UNIQUE INDEX repair_event_pkey ON public.repair_event USING btree (id)

table repair_notification
  notification_uuid character varying(36) collate "C" not null
  repair_id character varying(64) collate "C" not null
  constraint repair_notification_pkey PRIMARY KEY (notification_uuid)
  CREATE INDEX repair_notification_by_repair ON public.repair_notification USING btree (repair_id)
  CREATE UNIQUE INDEX repair_notification_pkey ON public.repair_notification USING btree (notification_uuid)

table reservation
  id bigint identity not null
  incident_id character varying(64) collate "C" not null
  failed_host character varying(255) collate "C" not null
  host_uuid character varying(36) collate "C" not null
  host_name character varying(255) collate "C" not null
  service_uuid character varying(36) collate "C" not null
  was_enabled bigint not null
  disabled_reason text collate "C"
  state character varying(32) collate "C" not null
  open_key character varying(36) collate "C"
  is_ready bigint not null default 0
  aggregates text collate "C" not null
  message text collate "C"
  tries bigint not null default 0
  created_at_ms bigint not null
  updated_at_ms bigint not null
  constraint reservation_incident FOREIGN KEY (incident_id) REFERENCES incident(id)
  constraint reservation_open_key_key UNIQUE (open_key)
  constraint reservation_pkey PRIMARY KEY (id)
  CREATE INDEX reservation_by_incident ON public.reservation USING btree (incident_id, id)
  CREATE UNIQUE INDEX reservation_open_key_key ON public.reservation USING btree (open_key)
  CREATE UNIQUE INDEX reservation_pkey ON public.reservation USING btree (id)

table return_event
  number bigint identity not null
  incident_id character varying(64) collate "C" not null
  message text collate "C" not null
  failed bigint not null
  at_ms bigint not null
  constraint return_event_pkey PRIMARY KEY (number)
  CREATE INDEX return_event_by_incident ON public.return_event USING btree (incident_id, number)
  CREATE UNIQUE INDEX return_event_pkey ON public.return_event USING btree (number)

table run
  number bigint identity not null
  id character varying(255) collate "C" not null
  workflow character varying(255) collate "C" not null
  version bigint not null
  input text collate "C" not null
  state character varying(32) collate "C" not null
  cancel_reason text collate "C"
  result text collate "C"
  error text collate "C"
  created_at_ms bigint not null
  finished_at_ms bigint
  constraint run_id_key UNIQUE (id)
  constraint run_pkey PRIMARY KEY (number)
  CREATE INDEX run_by_finished ON public.run USING btree (finished_at_ms)
  CREATE INDEX run_by_state_created_number ON public.run USING btree (state, created_at_ms, number)
  CREATE UNIQUE INDEX run_id_key ON public.run USING btree (id)
  CREATE UNIQUE INDEX run_pkey ON public.run USING btree (number)

table schema_version
  version bigint not null
  name character varying(255) collate "C" not null
  applied_at_ms bigint not null
  constraint schema_version_pkey PRIMARY KEY (version)
  CREATE UNIQUE INDEX schema_version_pkey ON public.schema_version USING btree (version)

table segment
  id bigint identity not null
  uuid character varying(36) collate "C" not null
  name character varying(255) collate "C" not null
  description text collate "C"
  service_type character varying(255) collate "C" not null
  recovery_method character varying(32) collate "C" not null
  enabled bigint not null
  hosts_added bigint not null default 0
  created_at_ms bigint not null
  updated_at_ms bigint
  deleted_at_ms bigint
  deleted_id bigint not null default 0
  constraint segment_live_name UNIQUE (name, deleted_id)
  constraint segment_pkey PRIMARY KEY (id)
  constraint segment_uuid_key UNIQUE (uuid)
  CREATE INDEX segment_by_deleted_created_id ON public.segment USING btree (deleted_id, created_at_ms, id)
  CREATE UNIQUE INDEX segment_live_name ON public.segment USING btree (name, deleted_id)
  CREATE UNIQUE INDEX segment_pkey ON public.segment USING btree (id)
  CREATE UNIQUE INDEX segment_uuid_key ON public.segment USING btree (uuid)

table segment_rules
  segment_uuid character varying(36) collate "C" not null
  fencing character varying(16) collate "C"
  storage character varying(16) collate "C"
  return_policy character varying(16) collate "C"
  instance_policy character varying(16) collate "C"
  changed_by text collate "C" not null
  note text collate "C"
  changed_at_ms bigint not null
  constraint segment_rules_pkey PRIMARY KEY (segment_uuid)
  CREATE UNIQUE INDEX segment_rules_pkey ON public.segment_rules USING btree (segment_uuid)

table step
  number bigint identity not null
  run_id character varying(255) collate "C" not null
  path character varying(500) collate "C" not null
  state character varying(32) collate "C" not null
  attempt bigint not null
  started_at_ms bigint not null
  spent_ms bigint not null
  next_attempt_at_ms bigint
  result text collate "C"
  error text collate "C"
  constraint step_of_run UNIQUE (run_id, path)
  constraint step_pkey PRIMARY KEY (number)
  constraint step_run FOREIGN KEY (run_id) REFERENCES run(id)
  CREATE UNIQUE INDEX step_of_run ON public.step USING btree (run_id, path)
  CREATE UNIQUE INDEX step_pkey ON public.step USING btree (number)

table vmove
  id bigint identity not null
  uuid character varying(36) collate "C" not null
  incident_id character varying(64) collate "C" not null
  instance_uuid character varying(36) collate "C" not null
  instance_name character varying(255) collate "C" not null
  source_host character varying(255) collate "C" not null
  dest_host character varying(255) collate "C"
  type character varying(32) collate "C" not null
  status character varying(32) collate "C" not null
  message text collate "C"
  instance_before text collate "C" not null
  start_at_ms bigint
  end_at_ms bigint
  created_at_ms bigint not null
  updated_at_ms bigint
  tries bigint not null default 0
  constraint vmove_incident FOREIGN KEY (incident_id) REFERENCES incident(id)
  constraint vmove_of_instance UNIQUE (incident_id, instance_uuid)
  constraint vmove_pkey PRIMARY KEY (id)
  constraint vmove_uuid_key UNIQUE (uuid)
  CREATE INDEX vmove_by_created_id ON public.vmove USING btree (created_at_ms, id)
  CREATE INDEX vmove_by_incident_created_id ON public.vmove USING btree (incident_id, created_at_ms, id)
  CREATE INDEX vmove_by_status_created_id ON public.vmove USING btree (status, created_at_ms, id)
  CREATE UNIQUE INDEX vmove_of_instance ON public.vmove USING btree (incident_id, instance_uuid)
  CREATE UNIQUE INDEX vmove_pkey ON public.vmove USING btree (id)
  CREATE UNIQUE INDEX vmove_uuid_key ON public.vmove USING btree (uuid)
