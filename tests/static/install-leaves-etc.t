#!/bin/bash
# Promise: what a site has added, replaced, changed or removed in /etc is as it was after make udev_install, the first time
# and after an upgrade: nothing is installed there.
# Runs on the host.
. "$(dirname "$0")/../unit/lib.sh"
install_it() { make -s udev_install DESTDIR="$work" 2>&1; }
# everything in /etc: names, kinds, modes, times, links and contents
etc() {
	(cd "$work/etc" && find . -printf '%p %y %m %T@ %l\n' | sort && find . -type f -exec sha256sum {} + | sort)
}

is "$(install_it)" '' 'it is installed'
is "$(ls "$work")" usr 'and nothing in /etc'
scripts=$work/etc/dm-quorum/events.d
mkdir -p "$scripts"
ln -s /dev/null "$scripts/all-syslog"
echo 'the mail of the site' > "$scripts/all-mail"
echo 'INTERVAL=60' > "$work/etc/dm-quorum/events.conf"
before=$(etc)
rm "$work/usr/lib/dm-quorum/event-handler"
is "$(install_it)" '' 'an upgrade is installed'
is "$(test -x "$work/usr/lib/dm-quorum/event-handler" && echo there)" there 'with all that belongs to it'
is "$(etc)" "$before" 'and /etc is as it was'
done_testing
