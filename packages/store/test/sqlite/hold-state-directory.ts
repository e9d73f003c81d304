/**
 * A process of its own that opens a state directory, takes a lease, says so, and stays until
 * killed.
 */
import { systemClock } from '@medevac/kernel';
import { openSqlite } from '../../src/index.ts';
import { replica } from '../contract/sample-rows.ts';

const [directory = ''] = process.argv.slice(2);
const { stores } = await openSqlite({ directory, clock: systemClock });
await stores.leases.take('recovery', undefined, replica('killed'));
process.stdout.write('ready\n');
await systemClock.sleep(60_000);
