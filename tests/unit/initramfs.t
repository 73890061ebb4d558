#!/bin/bash
# What puts dm-quorum into an initramfs takes along all that is needed there if /etc/quorumtab has a device for it, and
# nothing otherwise. Without a module for the kernel it says so and fails, and does not leave an initramfs that cannot find
# its root. What makes the devices there says so if that fails, and the start goes on.
# Runs on the host.
. "$(dirname "$0")/lib.sh"
need modinfo:kmod || exit

# What they use, where it is found by the name it has
mkdir -p "$work/bin" "$work/etc"
cat > "$work/hook-functions" << 'END'
manual_add_modules() { echo "module $*"; }
copy_exec() { echo "program ${1##*/}"; }
copy_file() { echo "$1 ${2##*/}"; }
END
# the modules of two kernels
printf '#!/bin/sh\n[ "$*" = "-k 6.12 dm_quorum" ]\n' > "$work/bin/modinfo"
printf '#!/bin/sh\necho "modprobe $*"\n' > "$work/bin/modprobe"
printf '#!/bin/sh\necho "quorumsetup $*" >&2\ncat "%s/lines"\n[ ! -e "%s/bad" ]\n' "$work" "$work" > "$work/bin/quorumsetup"
chmod +x "$work"/bin/*
PATH=$work/bin:$PATH
for script in hook assemble; do
	sed "s,/usr/share/initramfs-tools/hook-functions,$work/hook-functions,; s,/usr/sbin/quorumsetup,quorumsetup,
		s,/etc/quorumtab,$work&,; s,\$DESTDIR$work,$work," "initramfs/$script" > "$work/$script"
done
# hook VERSION: its status, and what it says in one line
hook() {
	local status=0
	rm -f "$work/etc/quorumtab"
	version=$1 DESTDIR=$work sh "$work/hook" > "$work/said" 2>&1 || status=$?
	echo "$status $(sed "s,$work,,; /^quorumsetup tab --initramfs\$/d" "$work/said" | paste -sd ,)"
}

is "$(sh initramfs/hook prereqs) $(sh initramfs/assemble prereqs)" 'dmsetup ' 'device-mapper comes before'
: > "$work/lines"
is "$(hook 6.12)" '0 ' 'without a device for the initramfs nothing is taken along'
is "$(ls "$work/etc")" '' 'not even a table'
printf 'root /dev/a,/dev/b size=8,initramfs\nswap /dev/c size=8,initramfs\n' > "$work/lines"
all='module dm-quorum,program quorumsetup,program dm-quorum-member,udev 11-dm-quorum.rules,udev 61-dm-quorum-members.rules'
is "$(hook 6.12)" "0 $all" 'with one, all that it needs is'
is "$(cat "$work/etc/quorumtab")" "$(cat "$work/lines")" 'and its line'
is "$(hook 6.13)" '1 E: dm-quorum: there is no module for the kernel 6.13, and 2 device(s) need it' \
	'unless there is no module'
touch "$work/bad"
is "$(hook 6.12)" "0 W: dm-quorum: /etc/quorumtab is not in order,$all" 'a bad line does not keep others from being there'

assemble() {
	local status=0
	sh "$work/assemble" > "$work/said" 2>&1 || status=$?
	echo "$status $(paste -sd , "$work/said")"
}
: > "$work/lines"
rm "$work/etc/quorumtab"
is "$(assemble)" '0 ' 'without a table nothing is done'
echo 'root /dev/a' > "$work/etc/quorumtab"
made='modprobe -q dm-quorum,quorumsetup --quiet assemble --initramfs'
is "$(assemble)" "0 $made,dm-quorum: not all devices could be made" 'what cannot be made is told, and the start goes on'
rm "$work/bad"
is "$(assemble)" "0 $made" 'otherwise nothing'
done_testing
