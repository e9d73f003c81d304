-- The schema after all migrations, as MariaDB has it. Written by schema-dumps.ts.

CREATE TABLE `drain` (
  `number` bigint(20) NOT NULL AUTO_INCREMENT,
  `id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `open_key` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `host_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `host_name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `segment_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `parallel` bigint(20) NOT NULL,
  `deadline_ms` bigint(20) NOT NULL,
  `asked_by` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `note` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `state` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `message` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `service_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `was_enabled` bigint(20) DEFAULT NULL,
  `tries` bigint(20) NOT NULL DEFAULT 0,
  `opened_at_ms` bigint(20) NOT NULL,
  `updated_at_ms` bigint(20) NOT NULL,
  `closed_at_ms` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`number`),
  UNIQUE KEY `id` (`id`),
  UNIQUE KEY `open_key` (`open_key`),
  KEY `drain_by_closed` (`closed_at_ms`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `drain_instance` (
  `number` bigint(20) NOT NULL AUTO_INCREMENT,
  `drain_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `instance_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `instance_name` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `place` bigint(20) NOT NULL,
  `status` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `dest_host` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `message` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `updated_at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`number`),
  UNIQUE KEY `drain_instance_once` (`drain_id`,`instance_uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `host` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `segment_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `type` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `control_attributes` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `reserved` bigint(20) NOT NULL,
  `on_maintenance` bigint(20) NOT NULL,
  `created_at_ms` bigint(20) NOT NULL,
  `updated_at_ms` bigint(20) DEFAULT NULL,
  `deleted_at_ms` bigint(20) DEFAULT NULL,
  `deleted_id` bigint(20) NOT NULL DEFAULT 0,
  `maintenance_by_recovery` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `uuid` (`uuid`),
  UNIQUE KEY `host_live_name` (`name`,`deleted_id`),
  KEY `host_by_deleted_created_id` (`deleted_id`,`created_at_ms`,`id`),
  KEY `host_by_segment_uuid_deleted_created_id` (`segment_uuid`,`deleted_id`,`created_at_ms`,`id`),
  CONSTRAINT `host_segment` FOREIGN KEY (`segment_uuid`) REFERENCES `segment` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `host_return` (
  `number` bigint(20) NOT NULL AUTO_INCREMENT,
  `incident_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `host_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `host_name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `service_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `silent_stamp` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `was_enabled` bigint(20) NOT NULL,
  `state` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `message` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `tries` bigint(20) NOT NULL,
  `created_at_ms` bigint(20) NOT NULL,
  `updated_at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`number`),
  UNIQUE KEY `incident_id` (`incident_id`),
  KEY `host_return_by_state_created_number` (`state`,`created_at_ms`,`number`),
  KEY `host_return_by_host_name_state` (`host_name`,`state`),
  CONSTRAINT `return_incident` FOREIGN KEY (`incident_id`) REFERENCES `incident` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `incident` (
  `number` bigint(20) NOT NULL AUTO_INCREMENT,
  `id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `host_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `host_name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `segment_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `state` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `guard` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `reason` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `open_key` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `evidence_total` bigint(20) NOT NULL,
  `opened_at_ms` bigint(20) NOT NULL,
  `updated_at_ms` bigint(20) NOT NULL,
  `closed_at_ms` bigint(20) DEFAULT NULL,
  `retries` bigint(20) NOT NULL DEFAULT 0,
  `retry_asked_at_ms` bigint(20) DEFAULT NULL,
  `acknowledged_by` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `acknowledged_at_ms` bigint(20) DEFAULT NULL,
  `acknowledge_note` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `paused_by` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `paused_at_ms` bigint(20) DEFAULT NULL,
  `pause_note` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `method` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `method_by` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `method_at_ms` bigint(20) DEFAULT NULL,
  `method_note` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  PRIMARY KEY (`number`),
  UNIQUE KEY `id` (`id`),
  UNIQUE KEY `open_key` (`open_key`),
  KEY `incident_by_segment_uuid_state` (`segment_uuid`,`state`),
  KEY `incident_by_closed_opened_number` (`closed_at_ms`,`opened_at_ms`,`number`),
  KEY `incident_by_opened` (`opened_at_ms`,`number`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `incident_event` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `incident_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `step` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `message` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `progress` double NOT NULL,
  `failed` bigint(20) NOT NULL,
  `at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `incident_event_by_incident_id` (`incident_id`,`id`),
  CONSTRAINT `event_incident` FOREIGN KEY (`incident_id`) REFERENCES `incident` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `incident_evidence` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `incident_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `kind` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `source` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `observer` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `content` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `received_at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `incident_evidence_by_incident_id` (`incident_id`,`id`),
  CONSTRAINT `evidence_incident` FOREIGN KEY (`incident_id`) REFERENCES `incident` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `instance_lock` (
  `number` bigint(20) NOT NULL AUTO_INCREMENT,
  `uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `incident_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `instance_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `is_settled` bigint(20) NOT NULL DEFAULT 0,
  `created_at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`number`),
  UNIQUE KEY `uuid` (`uuid`),
  UNIQUE KEY `instance_lock_of_incident` (`incident_id`,`instance_uuid`),
  CONSTRAINT `instance_lock_incident` FOREIGN KEY (`incident_id`) REFERENCES `incident` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `instance_rule` (
  `instance_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `policy` varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `priority` bigint(20) DEFAULT NULL,
  `changed_by` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `note` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `changed_at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`instance_uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `lease` (
  `name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `holder` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `epoch` bigint(20) NOT NULL,
  `beat` bigint(20) NOT NULL,
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `notification` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `type` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `host_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `host_name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `segment_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `generated_at_ms` bigint(20) NOT NULL,
  `payload` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `reported_by` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `status` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `message` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `incident_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `fingerprint` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `occurrence` bigint(20) NOT NULL,
  `created_at_ms` bigint(20) NOT NULL,
  `updated_at_ms` bigint(20) DEFAULT NULL,
  `copies` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `uuid` (`uuid`),
  UNIQUE KEY `notification_occurrence` (`fingerprint`,`occurrence`),
  KEY `notification_by_created_id` (`created_at_ms`,`id`),
  KEY `notification_by_status_created_id` (`status`,`created_at_ms`,`id`),
  KEY `notification_by_host_uuid_created_id` (`host_uuid`,`created_at_ms`,`id`),
  KEY `notification_by_incident_created_id` (`incident_id`,`created_at_ms`,`id`),
  KEY `notification_by_fingerprint_generated` (`fingerprint`,`generated_at_ms`),
  KEY `notification_by_generated_id` (`generated_at_ms`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `notification_copy` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `notification_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `kind` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `source` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `observer` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `content` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `received_at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `notification_copy_by_notification` (`notification_uuid`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `repair` (
  `number` bigint(20) NOT NULL AUTO_INCREMENT,
  `id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `kind` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `subject` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `subject_key` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `open_key` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `host_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `host_name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `segment_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `payload` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `status` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `message` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `reports` bigint(20) NOT NULL,
  `started_at_ms` bigint(20) DEFAULT NULL,
  `tries` bigint(20) NOT NULL DEFAULT 0,
  `tried_at_ms` bigint(20) DEFAULT NULL,
  `opened_at_ms` bigint(20) NOT NULL,
  `updated_at_ms` bigint(20) NOT NULL,
  `closed_at_ms` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`number`),
  UNIQUE KEY `id` (`id`),
  UNIQUE KEY `open_key` (`open_key`),
  KEY `repair_by_subject` (`subject_key`,`number`),
  KEY `repair_by_closed` (`closed_at_ms`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `repair_event` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `repair_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `step` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `message` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `progress` double NOT NULL,
  `failed` bigint(20) NOT NULL,
  `at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `repair_event_by_repair` (`repair_id`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `repair_notification` (
  `notification_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `repair_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  PRIMARY KEY (`notification_uuid`),
  KEY `repair_notification_by_repair` (`repair_id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `reservation` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `incident_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `failed_host` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `host_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `host_name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `service_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `was_enabled` bigint(20) NOT NULL,
  `disabled_reason` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `state` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `open_key` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `is_ready` bigint(20) NOT NULL DEFAULT 0,
  `aggregates` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `message` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `tries` bigint(20) NOT NULL DEFAULT 0,
  `created_at_ms` bigint(20) NOT NULL,
  `updated_at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `open_key` (`open_key`),
  KEY `reservation_by_incident` (`incident_id`,`id`),
  CONSTRAINT `reservation_incident` FOREIGN KEY (`incident_id`) REFERENCES `incident` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `return_event` (
  `number` bigint(20) NOT NULL AUTO_INCREMENT,
  `incident_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `message` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `failed` bigint(20) NOT NULL,
  `at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`number`),
  KEY `return_event_by_incident` (`incident_id`,`number`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `run` (
  `number` bigint(20) NOT NULL AUTO_INCREMENT,
  `id` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `workflow` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `version` bigint(20) NOT NULL,
  `input` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `state` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `cancel_reason` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `result` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `error` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `created_at_ms` bigint(20) NOT NULL,
  `finished_at_ms` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`number`),
  UNIQUE KEY `id` (`id`),
  KEY `run_by_state_created_number` (`state`,`created_at_ms`,`number`),
  KEY `run_by_finished` (`finished_at_ms`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `schema_version` (
  `version` bigint(20) NOT NULL,
  `name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `applied_at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `segment` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `description` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `service_type` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `recovery_method` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `enabled` bigint(20) NOT NULL,
  `hosts_added` bigint(20) NOT NULL DEFAULT 0,
  `created_at_ms` bigint(20) NOT NULL,
  `updated_at_ms` bigint(20) DEFAULT NULL,
  `deleted_at_ms` bigint(20) DEFAULT NULL,
  `deleted_id` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `uuid` (`uuid`),
  UNIQUE KEY `segment_live_name` (`name`,`deleted_id`),
  KEY `segment_by_deleted_created_id` (`deleted_id`,`created_at_ms`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `segment_rules` (
  `segment_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `fencing` varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `storage` varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `return_policy` varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `instance_policy` varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `changed_by` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `note` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `changed_at_ms` bigint(20) NOT NULL,
  PRIMARY KEY (`segment_uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `step` (
  `number` bigint(20) NOT NULL AUTO_INCREMENT,
  `run_id` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `path` varchar(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `state` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `attempt` bigint(20) NOT NULL,
  `started_at_ms` bigint(20) NOT NULL,
  `spent_ms` bigint(20) NOT NULL,
  `next_attempt_at_ms` bigint(20) DEFAULT NULL,
  `result` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `error` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  PRIMARY KEY (`number`),
  UNIQUE KEY `step_of_run` (`run_id`,`path`),
  CONSTRAINT `step_run` FOREIGN KEY (`run_id`) REFERENCES `run` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;

CREATE TABLE `vmove` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `incident_id` varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `instance_uuid` varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `instance_name` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `source_host` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `dest_host` varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `type` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `status` varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `message` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL,
  `instance_before` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL,
  `start_at_ms` bigint(20) DEFAULT NULL,
  `end_at_ms` bigint(20) DEFAULT NULL,
  `created_at_ms` bigint(20) NOT NULL,
  `updated_at_ms` bigint(20) DEFAULT NULL,
  `tries` bigint(20) NOT NULL DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `uuid` (`uuid`),
  UNIQUE KEY `vmove_of_instance` (`incident_id`,`instance_uuid`),
  KEY `vmove_by_incident_created_id` (`incident_id`,`created_at_ms`,`id`),
  KEY `vmove_by_status_created_id` (`status`,`created_at_ms`,`id`),
  KEY `vmove_by_created_id` (`created_at_ms`,`id`),
  CONSTRAINT `vmove_incident` FOREIGN KEY (`incident_id`) REFERENCES `incident` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci;
