/** The process that a copy of the workspace is run in: reads a request, prints what was found. */
import { type HuntRequest, huntSeeds } from '../src/mutation/hunt-seeds.ts';

const request = JSON.parse(process.argv[2] ?? '') as HuntRequest;
process.stdout.write(JSON.stringify(await huntSeeds(request)));
