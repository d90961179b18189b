/* Beginnings of sentences that come from runc by way of containerd. */
#ifndef KD_SIM_SENTENCES_H
#define KD_SIM_SENTENCES_H

#define RUNC       "failed to create shim task: OCI runtime create failed: runc create failed: "
#define RUNC_START RUNC "unable to start container process: "
#define RUNC_INIT  "error during container init: "

#endif
