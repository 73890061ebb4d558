#!/bin/bash
# The units that systemd gets for /etc/quorumtab: what pulls a device in, and what waits for what. A bad line does not keep
# others from being there.
# Runs on the host.
. "$(dirname "$0")/lib.sh"
tab=$work/quorumtab
compile generator "-DTAB_PATH=\"$tab\"" utils/{generator,state,tab,table,util}.c

# generate LINE...
generate() {
	rm -rf "$work/out"
	mkdir "$work/out"
	if [ $# -gt 0 ]; then printf '%s\n' "$@" > "$tab"; fi
	"$work/generator" "$work/out" 2> "$work/said"
}
links() { find "$work/out" -type l -printf '%P -> %l\n' | LC_ALL=C sort | sed 's,/usr/lib/systemd/system/,,'; }
# what DEVICE: of its unit, all but the head
what() { sed 1,3d "$work/out/quorumsetup@$1.service.d/50-quorumtab.conf"; }

generate
is "$? $(links)" '0 ' 'without a file there is nothing'
generate '# no device'
is "$? $(links)" '0 ' 'nor without a line'

generate 'bad' 'da-ta /dev/disk/by-id/a_b-1,-,/dev/b'
is "$?" 0 'a bad line is no failure'
is "$(cat "$work/said")" "generator: $tab line 1: there are no legs" 'but told'
is "$(links)" 'dev-mapper-da\x2dta.device.wants/quorumsetup@da\x2dta.service -> quorumsetup@.service
multi-user.target.wants/quorumsetup-recall.service -> quorumsetup-recall.service
quorumsetup.target.requires/quorumsetup@da\x2dta.service -> quorumsetup@.service
sysinit.target.wants/quorumsetup.target -> quorumsetup.target' 'the other one is pulled in'
is "$(what 'da\x2dta')" 'After=dev-disk-by\x2did-a_b\x2d1.device blockdev@dev-disk-by\x2did-a_b\x2d1.target
After=dev-b.device blockdev@dev-b.target
Wants=blockdev@dev-mapper-da\x2dta.target
Before=blockdev@dev-mapper-da\x2dta.target
Wants=local-fs-pre.target
Before=local-fs-pre.target quorumsetup.target
Conflicts=umount.target
Before=umount.target' 'before anything is mounted, and requires no leg'

generate 'q /dev/a noauto'
is "$(links | grep @q)" 'dev-mapper-q.device.wants/quorumsetup@q.service -> quorumsetup@.service' 'noauto: by its name only'
is "$(what q | grep local-fs)" '' 'and nothing waits for it'
generate 'q /dev/a nofail'
is "$(links | grep 'target.*@q')" \
	'quorumsetup.target.wants/quorumsetup@q.service -> quorumsetup@.service' 'nofail: not required'
is "$(what q | grep local-fs)" '' 'and nothing waits for it'
generate 'q /dev/a _netdev'
is "$(links | grep 'target.*@q')" \
	'remote-fs.target.requires/quorumsetup@q.service -> quorumsetup@.service' '_netdev: of remote-fs'
is "$(what q | grep network)" 'Wants=network-online.target
After=network-online.target remote-fs-pre.target' 'when there is a network'
generate 'q /dev/a initramfs,size=8'
is "$(what q | grep umount)" '' 'initramfs: it is not taken away at the end'
generate 'q /dev/a log=disk:/dev/l:8'
is "$(what q | sed 2q)" 'After=dev-a.device blockdev@dev-a.target
After=dev-l.device blockdev@dev-l.target' 'a log may be on a device that has to be made, too'
is "$(find "$work/out" -name '*.device.d')" '' 'systemd waits for the device as long as it does for any'
generate 'q /dev/a device-timeout=31'
is "$(sed 1,3d "$work/out/dev-mapper-q.device.d/40-quorumtab.conf")" 'JobRunningTimeoutSec=91' \
	'but longer if legs are waited for that long'
done_testing
