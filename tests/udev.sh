# shellcheck shell=bash
# Sourced by the tests of the udev rules, after lib.sh, which ends udev: they want it running.
[ -e /usr/lib/udev/rules.d/11-dm-quorum.rules ] || skip_all 'the udev rules are not installed'

# rules of other tests, and what it knows of their devices: of dm, of loops and their partitions, which are gone, or will be
# others by the same number
rm -rf /run/udev/rules.d
mapfile -t majors < <(awk '$2 ~ /^(device-mapper|loop|blkext)$/ { print $1 }' /proc/devices)
for major in "${majors[@]}"; do
	rm -f /run/udev/data/b"$major":* /run/udev/links/*/b"$major":*
done
find /dev/disk \( -xtype l -o -lname '*/loop*' \) -delete
/usr/lib/systemd/systemd-udevd --daemon 2> /dev/null
udevadm settle

# lib.sh suspends and resumes to see that everything is judged. To udev that is an activation, and it rightly looks at the
# device then. These tests wait for the events instead, which come after the judgement.
# shellcheck disable=SC2317
settle() { :; }

# Scripts of the site, as events.d has them. They are the guest's, which other tests share: they go when the test ends. A
# handler may still be writing there.
site=/etc/dm-quorum
clear_site() { poll rm -rf "$site" /run/dm-quorum 2> /dev/null; }
clear_site
at_end clear_site

# site_script NAME TEXT
# shellcheck disable=SC2317
site_script() {
	mkdir -p "$site/events.d"
	printf '#!/bin/bash\n%s\n' "$2" > "$site/events.d/$1"
	chmod +x "$site/events.d/$1"
}

# notify KEY=VALUE...: as udev does it, for an event that the kernel has not sent
# shellcheck disable=SC2317
notify() { env -i "$@" /usr/lib/udev/dm-quorum-notify; }
