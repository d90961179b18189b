/* A listening unix socket. */
#ifndef KD_SIM_UNIX_SOCKET_H
#define KD_SIM_UNIX_SOCKET_H

/* What lies at the path is removed first. Negative: it cannot, and has said why. */
int unix_socket_listen(const char *path);

#endif
