/* One deployer at a time works on a kanto-cm, whatever its state folder: the lock belongs to the
 * daemon's socket, by device and inode, so a link is the same daemon.
 *
 * It is a file (journal/lock.h) in /run/kanto-deployer, or where that cannot be written beside
 * the socket. Who may not write there cannot keep anybody out: /run/kanto-deployer and the file in
 * it are root's alone, and beside the socket a file of somebody else than root or this user is reported
 * and ignored. So two deployers of different users see each other only where both may open the
 * file; two in different mount namespaces only where they share /run. When no file can be made the
 * pass goes on, and that is reported. */
#ifndef KD_JOURNAL_DAEMON_LOCK_H
#define KD_JOURNAL_DAEMON_LOCK_H

#include "journal/lock.h"

#define DAEMON_LOCK_FOLDER "/run/kanto-deployer"

/* Takes the lock of what that path leads to now. No socket there yet: nothing is held, 0. One that
 * is held already stays held; of a socket that was made anew since, the old lock is let go and the
 * new one taken: so call it after each connect, before anything is read. ERROR_TIMEOUT: "kanto-cm
 * at SOCKET is being worked on by pid N (HOLDER); waited 30.0 s". *ret_notice is what keeps the
 * lock from being made, NULL otherwise; free() it. */
int daemon_lock_take(struct lock *lock, const char *socket, const struct lock_options *options,
    char **ret_notice, struct error *err);

#endif
