export { type Replica, type ReplicaEnvironment, startReplica } from './replica.ts';
