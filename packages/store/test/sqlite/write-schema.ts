/** Rewrites `schema.sql` after a new migration: `npm run schema -w @medevac/store`. */
import { writeFileSync } from 'node:fs';
import { SCHEMA_FILE, schemaText } from './schema-text.ts';

writeFileSync(SCHEMA_FILE, await schemaText());
