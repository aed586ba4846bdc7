/** The key of the store that all processes of the cluster share. */
export const clusterKey = "the cluster's passphrase";
