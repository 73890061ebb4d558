# aio.pm: what the perl helpers share: memory of their own making, and many O_DIRECT requests in flight at a time, by raw
# system calls (Linux AIO). A buffer is where it is told to be, not where perl likes it; another process may share it.
package aio;
use strict;
use warnings;
use Errno;

# x86-64
use constant {
	MMAP => 9, PREAD => 17, IO_SETUP => 206, IO_GETEVENTS => 208, IO_SUBMIT => 209, MEMFD_CREATE => 319,
	PAGE => 4096,
};

# address(STRING): of its bytes, as long as it is left alone
sub address { unpack 'J', pack 'P', $_[0] }

# memory(BYTES[, FILE]): maps new memory that children share, or the beginning of a file; returns its address
sub memory {
	my ($bytes, $file) = @_;
	# readable and writable, shared; anonymous without a file
	my $address = syscall MMAP, 0, $bytes + 0, 3, $file ? 0x01 : 0x21, $file ? fileno $file : -1, 0;
	die "mmap: $!\n" if $address == -1;
	return $address;
}

# source(STRING): keeps bytes where store() can take them from
sub source {
	my $fd = syscall MEMFD_CREATE, my $name = 'source', 0;
	die "memfd_create: $!\n" if $fd == -1;
	open my $file, '+<&=', $fd or die "memfd: $!\n";
	refill($file, $_[0]);
	return $file;
}

sub refill {
	my $file = $_[0];
	sysseek $file, 0, 0;
	syswrite($file, $_[1]) == length $_[1] or die "memfd: $!\n";
}

# store(ADDRESS, SOURCE, OFFSET, BYTES): into memory
sub store {
	my ($address, $file, $offset, $bytes) = @_;
	syscall(PREAD, fileno $file, $address, $bytes, $offset) == $bytes or die "store: $!\n";
}

# fetch(ADDRESS, BYTES): what memory holds
sub fetch { unpack "P$_[1]", pack 'J', $_[0] }

# scribble(ADDRESS, BYTES): a child that changes all of the memory all the time until it is killed. Returns its id.
sub scribble {
	my ($address, $bytes) = @_;
	my $pid = fork // die "fork: $!\n";
	return $pid if $pid;
	srand 1;
	my $noise = source(join '', map { pack 'L', int rand 2**32 } 1 .. ($bytes + 8 * PAGE) / 4);
	my $parent = getppid;
	# a parent that has died takes the child with it
	while (getppid == $parent) {
		for (0 .. 63) { store($address, $noise, 8 * $_, $bytes) }
	}
	exit;
}

# new(DEPTH): a context in which so many requests can be in flight
sub new {
	my ($class, $depth) = @_;
	my $context = pack 'J', 0;
	die "io_setup: $!\n" if syscall(IO_SETUP, $depth, $context) == -1;
	return bless { context => unpack('J', $context), in_flight => 0 }, $class;
}

# submit([TAG, 'read' or 'write', FILE, ADDRESS, BYTES, POSITION]...): all of them at once
sub submit {
	my $self = shift;
	my $blocks = '';
	for (@_) {
		my ($tag, $action, $file, $address, $bytes, $position) = @$_;
		$blocks .= pack 'Q L L S s L Q Q q Q L L', $tag, 0, 0, $action eq 'write', 0, fileno $file, $address, $bytes, $position, 0, 0, 0;
	}
	my $pointers = pack 'J*', map { address($blocks) + 64 * $_ } 0 .. $#_;
	my $taken = 0;
	while ($taken < @_) {
		my $n = syscall IO_SUBMIT, $self->{context}, @_ - $taken, address($pointers) + 8 * $taken;
		die "io_submit: $!\n" if $n <= 0;
		$taken += $n;
	}
	$self->{in_flight} += @_;
}

# wait(COUNT): for at least so many to end. Returns [TAG, RESULT] of each that has: bytes, or a negative error number.
sub wait {
	my ($self, $count) = @_;
	my $events = "\0" x (32 * $self->{in_flight});
	my $n;
	do {
		$n = syscall IO_GETEVENTS, $self->{context}, $count, $self->{in_flight}, $events, 0;
	} while $n == -1 && $!{EINTR};
	die "io_getevents: $!\n" if $n < $count;
	$self->{in_flight} -= $n;
	return map { [(unpack 'Q Q q q', substr $events, 32 * $_, 32)[0, 2]] } 0 .. $n - 1;
}

1;
