-- The schema after all migrations, as SQLite has it. Written by write-schema.ts.

CREATE TABLE "drain" (
  "number" integer primary key autoincrement,
  "id" varchar(64) not null unique,
  "open_key" varchar(255) unique,
  "host_uuid" varchar(36) not null,
  "host_name" varchar(255) not null,
  "segment_uuid" varchar(36) not null,
  "parallel" integer not null,
  "deadline_ms" integer not null,
  "asked_by" text not null,
  "note" text,
  "state" varchar(32) not null,
  "message" text,
  "service_uuid" varchar(36),
  "was_enabled" integer,
  "tries" integer default 0 not null,
  "opened_at_ms" integer not null,
  "updated_at_ms" integer not null,
  "closed_at_ms" integer
);

CREATE INDEX "drain_by_closed" on "drain" ("closed_at_ms");

CREATE TABLE "drain_instance" (
  "number" integer primary key autoincrement,
  "drain_id" varchar(64) not null,
  "instance_uuid" varchar(36) not null,
  "instance_name" text not null,
  "place" integer not null,
  "status" varchar(32) not null,
  "dest_host" varchar(255),
  "message" text,
  "updated_at_ms" integer not null,
  constraint "drain_instance_once" unique ("drain_id", "instance_uuid")
);

CREATE TABLE "host" (
  "id" integer primary key autoincrement,
  "uuid" varchar(36) not null unique,
  "segment_uuid" varchar(36) not null,
  "name" varchar(255) not null,
  "type" varchar(255) not null,
  "control_attributes" text not null,
  "reserved" integer not null,
  "on_maintenance" integer not null,
  "created_at_ms" integer not null,
  "updated_at_ms" integer,
  "deleted_at_ms" integer,
  "deleted_id" integer default 0 not null,
  "maintenance_by_recovery" integer default 0 not null,
  constraint "host_live_name" unique ("name", "deleted_id"),
  constraint "host_segment" foreign key ("segment_uuid") references "segment" ("uuid")
);

CREATE INDEX "host_by_deleted_created_id" on "host" ("deleted_id", "created_at_ms", "id");

CREATE INDEX "host_by_segment_uuid_deleted_created_id" on "host" ("segment_uuid", "deleted_id", "created_at_ms", "id");

CREATE TABLE "host_return" (
  "number" integer primary key autoincrement,
  "incident_id" varchar(64) not null unique,
  "host_uuid" varchar(36) not null,
  "host_name" varchar(255) not null,
  "service_uuid" varchar(36) not null,
  "silent_stamp" varchar(64) not null,
  "was_enabled" integer not null,
  "state" varchar(32) not null,
  "message" text,
  "tries" integer not null,
  "created_at_ms" integer not null,
  "updated_at_ms" integer not null,
  constraint "return_incident" foreign key ("incident_id") references "incident" ("id")
);

CREATE INDEX "host_return_by_host_name_state" on "host_return" ("host_name", "state");

CREATE INDEX "host_return_by_state_created_number" on "host_return" ("state", "created_at_ms", "number");

CREATE TABLE "incident" (
  "number" integer primary key autoincrement,
  "id" varchar(64) not null unique,
  "host_uuid" varchar(36) not null,
  "host_name" varchar(255) not null,
  "segment_uuid" varchar(36) not null,
  "state" varchar(32) not null,
  "guard" varchar(64),
  "reason" text,
  "open_key" varchar(255) unique,
  "evidence_total" integer not null,
  "opened_at_ms" integer not null,
  "updated_at_ms" integer not null,
  "closed_at_ms" integer,
  "retries" integer default 0 not null,
  "retry_asked_at_ms" integer,
  "acknowledged_by" varchar(255),
  "acknowledged_at_ms" integer,
  "acknowledge_note" text,
  "paused_by" varchar(255),
  "paused_at_ms" integer,
  "pause_note" text,
  "method" varchar(64),
  "method_by" varchar(255),
  "method_at_ms" integer,
  "method_note" text
);

CREATE INDEX "incident_by_closed_opened_number" on "incident" ("closed_at_ms", "opened_at_ms", "number");

CREATE INDEX "incident_by_opened" on "incident" ("opened_at_ms", "number");

CREATE INDEX "incident_by_segment_uuid_state" on "incident" ("segment_uuid", "state");

CREATE TABLE "incident_event" (
  "id" integer primary key autoincrement,
  "incident_id" varchar(64) not null,
  "step" varchar(255) not null,
  "message" text not null,
  "progress" real not null,
  "failed" integer not null,
  "at_ms" integer not null,
  constraint "event_incident" foreign key ("incident_id") references "incident" ("id")
);

CREATE INDEX "incident_event_by_incident_id" on "incident_event" ("incident_id", "id");

CREATE TABLE "incident_evidence" (
  "id" integer primary key autoincrement,
  "incident_id" varchar(64) not null,
  "kind" varchar(32) not null,
  "source" varchar(255) not null,
  "observer" varchar(255) not null,
  "content" text not null,
  "received_at_ms" integer not null,
  constraint "evidence_incident" foreign key ("incident_id") references "incident" ("id")
);

CREATE INDEX "incident_evidence_by_incident_id" on "incident_evidence" ("incident_id", "id");

CREATE TABLE "instance_lock" (
  "number" integer primary key autoincrement,
  "uuid" varchar(36) not null unique,
  "incident_id" varchar(64) not null,
  "instance_uuid" varchar(36) not null,
  "is_settled" integer default 0 not null,
  "created_at_ms" integer not null,
  constraint "instance_lock_of_incident" unique ("incident_id", "instance_uuid"),
  constraint "instance_lock_incident" foreign key ("incident_id") references "incident" ("id")
);

CREATE TABLE "instance_rule" (
  "instance_uuid" varchar(36) primary key,
  "policy" varchar(16),
  "priority" integer,
  "changed_by" text not null,
  "note" text,
  "changed_at_ms" integer not null
);

CREATE TABLE "lease" (
  "name" varchar(255) not null primary key,
  "holder" varchar(255),
  "epoch" integer not null,
  "beat" integer not null
);

CREATE TABLE "notification" (
  "id" integer primary key autoincrement,
  "uuid" varchar(36) not null unique,
  "type" varchar(32) not null,
  "host_uuid" varchar(36) not null,
  "host_name" varchar(255) not null,
  "segment_uuid" varchar(36) not null,
  "generated_at_ms" integer not null,
  "payload" text not null,
  "reported_by" text not null,
  "status" varchar(32) not null,
  "message" text,
  "incident_id" varchar(64),
  "fingerprint" varchar(64) not null,
  "occurrence" integer not null,
  "created_at_ms" integer not null,
  "updated_at_ms" integer,
  "copies" integer default 0 not null,
  constraint "notification_occurrence" unique ("fingerprint", "occurrence")
);

CREATE INDEX "notification_by_created_id" on "notification" ("created_at_ms", "id");

CREATE INDEX "notification_by_fingerprint_generated" on "notification" ("fingerprint", "generated_at_ms");

CREATE INDEX "notification_by_generated_id" on "notification" ("generated_at_ms", "id");

CREATE INDEX "notification_by_host_uuid_created_id" on "notification" ("host_uuid", "created_at_ms", "id");

CREATE INDEX "notification_by_incident_created_id" on "notification" ("incident_id", "created_at_ms", "id");

CREATE INDEX "notification_by_status_created_id" on "notification" ("status", "created_at_ms", "id");

CREATE TABLE "notification_copy" (
  "id" integer primary key autoincrement,
  "notification_uuid" varchar(36) not null,
  "kind" varchar(32) not null,
  "source" varchar(255) not null,
  "observer" varchar(255) not null,
  "content" text not null,
  "received_at_ms" integer not null
);

CREATE INDEX "notification_copy_by_notification" on "notification_copy" ("notification_uuid", "id");

CREATE TABLE "repair" (
  "number" integer primary key autoincrement,
  "id" varchar(64) not null unique,
  "kind" varchar(32) not null,
  "subject" text not null,
  "subject_key" varchar(64) not null,
  "open_key" varchar(64) unique,
  "host_uuid" varchar(36) not null,
  "host_name" varchar(255) not null,
  "segment_uuid" varchar(36) not null,
  "payload" text not null,
  "status" varchar(32) not null,
  "message" text,
  "reports" integer not null,
  "started_at_ms" integer,
  "tries" integer default 0 not null,
  "tried_at_ms" integer,
  "opened_at_ms" integer not null,
  "updated_at_ms" integer not null,
  "closed_at_ms" integer
);

CREATE INDEX "repair_by_closed" on "repair" ("closed_at_ms");

CREATE INDEX "repair_by_subject" on "repair" ("subject_key", "number");

CREATE TABLE "repair_event" (
  "id" integer primary key autoincrement,
  "repair_id" varchar(64) not null,
  "step" varchar(64) not null,
  "message" text not null,
  "progress" real not null,
  "failed" integer not null,
  "at_ms" integer not null
);

CREATE INDEX "repair_event_by_repair" on "repair_event" ("repair_id", "id");

CREATE TABLE "repair_notification" (
  "notification_uuid" varchar(36) primary key,
  "repair_id" varchar(64) not null
);

CREATE INDEX "repair_notification_by_repair" on "repair_notification" ("repair_id");

CREATE TABLE "reservation" (
  "id" integer primary key autoincrement,
  "incident_id" varchar(64) not null,
  "failed_host" varchar(255) not null,
  "host_uuid" varchar(36) not null,
  "host_name" varchar(255) not null,
  "service_uuid" varchar(36) not null,
  "was_enabled" integer not null,
  "disabled_reason" text,
  "state" varchar(32) not null,
  "open_key" varchar(36) unique,
  "is_ready" integer default 0 not null,
  "aggregates" text not null,
  "message" text,
  "tries" integer default 0 not null,
  "created_at_ms" integer not null,
  "updated_at_ms" integer not null,
  constraint "reservation_incident" foreign key ("incident_id") references "incident" ("id")
);

CREATE INDEX "reservation_by_incident" on "reservation" ("incident_id", "id");

CREATE TABLE "return_event" (
  "number" integer primary key autoincrement,
  "incident_id" varchar(64) not null,
  "message" text not null,
  "failed" integer not null,
  "at_ms" integer not null
);

CREATE INDEX "return_event_by_incident" on "return_event" ("incident_id", "number");

CREATE TABLE "run" (
  "number" integer primary key autoincrement,
  "id" varchar(255) not null unique,
  "workflow" varchar(255) not null,
  "version" integer not null,
  "input" text not null,
  "state" varchar(32) not null,
  "cancel_reason" text,
  "result" text,
  "error" text,
  "created_at_ms" integer not null,
  "finished_at_ms" integer
);

CREATE INDEX "run_by_finished" on "run" ("finished_at_ms");

CREATE INDEX "run_by_state_created_number" on "run" ("state", "created_at_ms", "number");

CREATE TABLE "schema_version" (
  "version" integer not null primary key,
  "name" varchar(255) not null,
  "applied_at_ms" integer not null
);

CREATE TABLE "segment" (
  "id" integer primary key autoincrement,
  "uuid" varchar(36) not null unique,
  "name" varchar(255) not null,
  "description" text,
  "service_type" varchar(255) not null,
  "recovery_method" varchar(32) not null,
  "enabled" integer not null,
  "hosts_added" integer default 0 not null,
  "created_at_ms" integer not null,
  "updated_at_ms" integer,
  "deleted_at_ms" integer,
  "deleted_id" integer default 0 not null,
  constraint "segment_live_name" unique ("name", "deleted_id")
);

CREATE INDEX "segment_by_deleted_created_id" on "segment" ("deleted_id", "created_at_ms", "id");

CREATE TABLE "segment_rules" (
  "segment_uuid" varchar(36) primary key,
  "fencing" varchar(16),
  "storage" varchar(16),
  "return_policy" varchar(16),
  "instance_policy" varchar(16),
  "changed_by" text not null,
  "note" text,
  "changed_at_ms" integer not null
);

CREATE TABLE "step" (
  "number" integer primary key autoincrement,
  "run_id" varchar(255) not null,
  "path" varchar(500) not null,
  "state" varchar(32) not null,
  "attempt" integer not null,
  "started_at_ms" integer not null,
  "spent_ms" integer not null,
  "next_attempt_at_ms" integer,
  "result" text,
  "error" text,
  constraint "step_of_run" unique ("run_id", "path"),
  constraint "step_run" foreign key ("run_id") references "run" ("id")
);

CREATE TABLE "vmove" (
  "id" integer primary key autoincrement,
  "uuid" varchar(36) not null unique,
  "incident_id" varchar(64) not null,
  "instance_uuid" varchar(36) not null,
  "instance_name" varchar(255) not null,
  "source_host" varchar(255) not null,
  "dest_host" varchar(255),
  "type" varchar(32) not null,
  "status" varchar(32) not null,
  "message" text,
  "instance_before" text not null,
  "start_at_ms" integer,
  "end_at_ms" integer,
  "created_at_ms" integer not null,
  "updated_at_ms" integer,
  "tries" integer default 0 not null,
  constraint "vmove_of_instance" unique ("incident_id", "instance_uuid"),
  constraint "vmove_incident" foreign key ("incident_id") references "incident" ("id")
);

CREATE INDEX "vmove_by_created_id" on "vmove" ("created_at_ms", "id");

CREATE INDEX "vmove_by_incident_created_id" on "vmove" ("incident_id", "created_at_ms", "id");

CREATE INDEX "vmove_by_status_created_id" on "vmove" ("status", "created_at_ms", "id");
