/* Who calls: its end of the connection, and its process. */
#ifndef KD_SIM_PEER_H
#define KD_SIM_PEER_H

#include <grpc/grpc.h>

void peer_drop(grpc_call *call); /* the connection ends */
void peer_kill(grpc_call *call); /* the process gets SIGKILL */

#endif
