/** A replica as other programs may start it; everything else of this room is the command. */
export { type Replica, type ReplicaEnvironment, startReplica } from './replica.ts';
