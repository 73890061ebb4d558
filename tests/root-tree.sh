# shellcheck shell=bash disable=SC2154,SC2034  # variables of lib.sh
# Sourced after lib.sh: processes whose root is on the device q, which has a filesystem. They read programs and data, write,
# and verify what they have written, until they are told to stop.

programs=(bash perl sha256sum find sort xargs tar gzip rm mv cat mkdir umount chroot)

# copy_programs: with the libraries that they need
copy_programs() {
	local program paths=()
	for program in "${programs[@]}"; do paths+=("$(readlink -f "$(command -v "$program")")"); done
	mkdir -p "$work"/mnt/{proc,dev,old,tmp,usr/bin,usr/lib/x86_64-linux-gnu,usr/lib64}
	for program in bin lib lib64; do ln -s "usr/$program" "$work/mnt/$program"; done
	cp -a "${paths[@]}" "$work/mnt/usr/bin/"
	ldd "${paths[@]}" 2> /dev/null | awk '$2 == "=>" { print $3 } $1 ~ /^\// && $2 != "=>" { print $1 }' | grep -v ':$' |
		sort -u | xargs cp -L -t "$work/mnt/usr/lib/x86_64-linux-gnu"
	mv "$work/mnt/usr/lib/x86_64-linux-gnu"/ld-linux* "$work/mnt/usr/lib64/"
	mkdir "$work/mnt/usr/share"
	cp -a /usr/lib/x86_64-linux-gnu/perl-base/{File,IO,List,Text} "$work/mnt/usr/share/"
	(cd "$work/mnt" && find usr -type f -print0 | sort -z | xargs -0 sha256sum) > "$work/mnt/sums"
}

# what runs there, until it is told to stop: a line for each round, or why there are no more
cat > "$work/rounds" <<'EOF'
set -eE
trap 'echo "round $round: $BASH_COMMAND"' ERR
umount -l /old
for ((round = 1; ; round++)); do
	[ ! -e /stop ] || break
	# programs, too, are read again
	echo 3 > /proc/sys/vm/drop_caches
	sha256sum --quiet -c /sums
	tar -C /usr/share -cf - File IO List Text | gzip -1 > /tmp/new.tar.gz
	mv /tmp/new.tar.gz /tmp/all.tar.gz
	perl -e 'open my $file, ">", "/tmp/numbers" or die; print $file "$_\n" for 1 .. 5000; close $file or die'
	rm -rf /tmp/copy
	mkdir /tmp/copy
	gzip -dc /tmp/all.tar.gz | tar -C /tmp/copy -xf -
	(cd /tmp/copy && find . -type f -print0 | sort -z | xargs -0 sha256sum) > /tmp/copied
	(cd /usr/share && sha256sum --quiet -c /tmp/copied)
	[ "$(sort -n /tmp/numbers | sha256sum)" = "$(perl -e 'print "$_\n" for 1 .. 5000' | sha256sum)" ]
	echo ok
done
echo stopped
EOF

# go_on [ROUNDS]: so many more are done
go_on() { poll enough_rounds $(($(grep -c . "$work/lines" || :) + ${1:-2})); }
enough_rounds() { [ "$(grep -c . "$work/lines")" -ge "$1" ] || ! kill -0 "$tree" 2> /dev/null; }
all_fine() { cat "$work/lines"; [ "$(sort -u "$work/lines")" = ok ]; }

# start_tree: of processes
start_tree() {
	mkdir "$work/mnt"
	mount /dev/mapper/q "$work/mnt"
	copy_programs
	cp "$work/rounds" "$work/mnt/rounds"
	sync

	: > "$work/lines"
	# shellcheck disable=SC2016
	unshare --mount --pid --fork --kill-child bash -c '
		cd "$1"
		mount -t proc proc proc
		mount -t devtmpfs dev dev
		pivot_root . old
		exec chroot . /bin/bash /rounds' rounds "$work/mnt" < /dev/null >> "$work/lines" 2>&1 &
	tree=$!
	go_on 1
	ok 'the processes have begun' all_fine
	init=$(pgrep -P "$tree")
	ok 'their root is on the quorum device' holds_root root/
	ok 'and so is what they run' holds_root exe
}
holds_root() { [ "$(stat -L -c %Hd:%Ld "/proc/$init/$1")" = "$(dev_number /dev/mapper/q)" ]; }

# end_tree: they come to their end, and all that they did was right
end_tree() {
	: > "$work/mnt/stop"
	ok 'to their end' wait "$tree"
	is "$(sort -u "$work/lines" | paste -sd' ')" 'ok stopped' 'in order'
	umount "$work/mnt"
}
