-- Masakari 14.0.2 as `masakari-manage db sync` of Debian 12 makes it on MariaDB (its own migrations
-- 1 to 7), without rows. Masakari is licensed under the Apache License, Version 2.0.
CREATE TABLE `failover_segments` (
  `created_at` datetime DEFAULT NULL,
  `updated_at` datetime DEFAULT NULL,
  `deleted_at` datetime DEFAULT NULL,
  `deleted` int(11) DEFAULT NULL,
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `uuid` varchar(36) NOT NULL,
  `name` varchar(255) NOT NULL,
  `service_type` varchar(255) NOT NULL,
  `description` text DEFAULT NULL,
  `recovery_method` enum('auto','reserved_host','auto_priority','rh_priority') NOT NULL,
  `enabled` tinyint(1) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `uniq_segments0uuid` (`uuid`),
  UNIQUE KEY `uniq_segment0name0deleted` (`name`,`deleted`),
  KEY `segments_service_type_idx` (`service_type`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
CREATE TABLE `hosts` (
  `created_at` datetime DEFAULT NULL,
  `updated_at` datetime DEFAULT NULL,
  `deleted_at` datetime DEFAULT NULL,
  `deleted` int(11) DEFAULT NULL,
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `uuid` varchar(36) NOT NULL,
  `name` varchar(255) NOT NULL,
  `reserved` tinyint(1) DEFAULT NULL,
  `type` varchar(255) NOT NULL,
  `control_attributes` text NOT NULL,
  `failover_segment_id` varchar(36) NOT NULL,
  `on_maintenance` tinyint(1) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `uniq_host0uuid` (`uuid`),
  UNIQUE KEY `uniq_host0name0deleted` (`name`,`deleted`),
  KEY `hosts_type_idx` (`type`),
  KEY `fk_failover_segments_uuid` (`failover_segment_id`),
  CONSTRAINT `fk_failover_segments_uuid` FOREIGN KEY (`failover_segment_id`) REFERENCES `failover_segments` (`uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
CREATE TABLE `migrate_version` (
  `repository_id` varchar(250) NOT NULL,
  `repository_path` text DEFAULT NULL,
  `version` int(11) DEFAULT NULL,
  PRIMARY KEY (`repository_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
CREATE TABLE `notifications` (
  `created_at` datetime DEFAULT NULL,
  `updated_at` datetime DEFAULT NULL,
  `deleted_at` datetime DEFAULT NULL,
  `deleted` int(11) DEFAULT NULL,
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `notification_uuid` varchar(36) NOT NULL,
  `generated_time` datetime NOT NULL,
  `source_host_uuid` varchar(36) NOT NULL,
  `type` varchar(36) NOT NULL,
  `payload` text DEFAULT NULL,
  `status` enum('new','running','error','failed','ignored','finished') NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `uniq_notifications0uuid` (`notification_uuid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci;
