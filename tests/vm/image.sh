# shellcheck shell=bash disable=SC2154,SC2034  # variables of the scripts that source this
# Sourced by run and system: the small image that goes into the guest with each run.

# project_files: of the image, what the project has to be installed: the module, its tool, its udev rules
project_files() {
	local tree=$work/tree
	mkdir -p "$tree/usr/lib"
	if [ -n "$module_dir" ]; then cp -al "$module_dir/usr" "$tree/" 2> /dev/null || cp -a "$module_dir/usr" "$tree/"; fi
	if [ -n "$tools_dir" ]; then cp -a "$tools_dir/usr" "$tree/"; fi
	install_udev "$tree"
}

# make_image INIT: $work/run.img, with the tests, the script and the payload. INIT runs the script.
make_image() {
	local tree=$work/tree part
	mkdir -p "$tree"/{vm,repo,payload}
	for part in tests monitoring README.md Documentation; do
		if [ -e "$repo/$part" ]; then cp -a "$repo/$part" "$tree/repo/"; fi
	done
	if [ -n "$payload" ]; then cp -a "$payload/." "$tree/payload/"; fi
	cp "$1" "$tree/vm/init"
	cp "$here/guest-script.sh" "$tree/vm/"
	install_script "$tree"
	mksquashfs "$tree" "$work/run.img" -comp lz4 -all-root -noappend -quiet -no-progress
	rm -rf "$tree"
}

# The rule and its handler, as the project's own Makefile installs them
install_udev() {
	local tree=$1
	[ -d "$repo/udev" ] || return 0
	# Debian's /lib is a link: a real directory here would hide it
	ln -s usr/lib "$tree/lib"
	make -s -C "$repo" udev_install DESTDIR="$tree" >&2 || die 'make udev_install failed'
	rm "$tree/lib"
}

install_script() {
	local tree=$1 real first interpreter='' path
	real=$(readlink -f "$script")
	if [[ $real == "$repo"/tests/* ]]; then
		path=/repo/${real#"$repo/"}
	else
		path=/vm/script.d/${real##*/}
		mkdir "$tree/vm/script.d"
		cp "$real" "$tree/$path"
	fi
	IFS= read -r first < "$real" || :
	[[ $first != '#!'*perl* ]] || interpreter=${first#'#!'}
	echo "$path" > "$tree/vm/script"
	echo "$interpreter" > "$tree/vm/interpreter"
	{
		echo "export DM_QUORUM_KERNEL=$kernel_name"
		for variable in ROUNDS SEED TIME; do
			[ -z "${!variable-}" ] || printf 'export %s=%q\n' "$variable" "${!variable}"
		done
	} > "$tree/vm/env"
	: > "$tree/vm/args"
	[ ${#args[@]} -eq 0 ] || printf '%s\0' "${args[@]}" > "$tree/vm/args"
}
