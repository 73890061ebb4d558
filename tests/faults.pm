# faults.pm: what the perl helpers share that make each fault of the module strike in turn: every allocation, and every
# request to a leg, that is made while something is done to a quorum device q, the first, then the second, and so on.
#
# A process can have its nth failure (/proc/thread-self/fail-nth), of whatever kind, but what the workers do is not its own.
# There the attributes of each kind of failure count for all tasks: "interval" n fails each nth call. The kernel's count
# goes on from one walk to the next, so it is first made a multiple of n, by calls of our own, see count_to().
package faults;
use strict;
use warnings;
use dm;
use Fcntl;
use IO::Handle;

# x86-64
use constant { PREAD => 17, PWRITE => 18, MMAP => 9, MUNMAP => 11, FSYNC => 74, IOCTL => 16, EVENTFD => 290, CLOSE => 3 };
use constant { PAGE => 4096, ROOM => 1 << 20, PATIENCE => 180 };

$SIG{__WARN__} = sub { die @_ };

our ($size, $log, $slow, @legs, @disks, $file);
my (@range, $pulse);
my $debug = '/sys/kernel/debug';
our @kinds = qw(failslab fail_page_alloc fail_make_request);

# --- files

sub get {
	open my $in, '<', $_[0] or die "$_[0]: $!\n";
	my $text = <$in> // '';
	chomp $text;
	return $text;
}

my %opened;
# put(FILE, TEXT): into one of the kernel's, which stays open: nothing is to be allocated for that while a fault waits
sub put {
	my ($file, $text) = @_;
	my $out = $opened{$file} //= do {
		sysopen my $new, $file, O_RDWR or die "$file: $!\n";
		$new;
	};
	defined syswrite $out, $text or die "$file: $!\n";
}
sub attribute { put("$debug/$_[0]/$_[1]", $_[2]) }
# number(FILE): the number in it. It is opened each time: such files cannot be read again
sub number {
	my $text;
	# in count_to() that may be what has no memory
	until (eval { $text = get($_[0]); 1 } && $text ne '') { }
	return $text;
}
sub left { number("$debug/$_[0]/times") }

# --- memory for O_DIRECT, made once

my $address = syscall MMAP, 0, ROOM, 3, 0x8022, -1, 0;
die "mmap: $!\n" if $address == -1;
sub held { unpack "P$_[0]", pack 'J', $address }
# fill(BYTE, BYTES)
sub fill {
	my ($byte, $bytes) = @_;
	sysopen my $pattern, '/run/pattern', O_RDWR | O_CREAT | O_TRUNC or die "/run/pattern: $!\n";
	syswrite $pattern, chr($byte) x $bytes;
	syscall(PREAD, fileno $pattern, $address, $bytes, 0) == $bytes or die "fill: $!\n";
}
sub pread { syscall(PREAD, fileno $file, $address, $_[1], $_[0]) == $_[1] or die "read: $!\n" }
sub pwrite { syscall(PWRITE, fileno $file, $address, $_[1], $_[0]) == $_[1] or die "write: $!\n" }
sub flush { syscall(FSYNC, fileno $file) == 0 or die "flush: $!\n" }

# --- the device

# table(OPTION...): of three legs, of which two have to agree
sub table { [0, $size, 'quorum', join ' ', 2, 3, (map { "$_ 0" } @legs), @_ ? (scalar @_, @_) : ()] }
# slow_table(OPTION...): the third leg is slow
sub slow_table {
	local $legs[2] = $slow;
	return table(@_);
}

my $node;
sub create {
	$node = dm::create('q', @_);
	sysopen $file, $node, O_DIRECT | O_RDWR or die "$node: $!\n";
}
sub remove {
	close $file if $file;
	undef $file;
	within('it can be removed', sub { eval { dm::remove('q'); 1 } });
}

# status(): health, action, mismatches, no_quorum, rewritten, raced, and of each leg mismatches, read errors, write errors,
# rewritten, as a hash
sub status {
	my @words = dm::status('q');
	my %is = (health => $words[2], synced => $words[3], action => $words[4]);
	@is{qw(mismatches no_quorum rewritten raced)} = @words[5 .. 8];
	for my $leg (0 .. 2) {
		my @leg = @words[11 + 5 * $leg .. 15 + 5 * $leg];
		$is{leg}[$leg] = {mismatches => $leg[1], reads => $leg[2], writes => $leg[3], rewritten => $leg[4]};
		$is{$_} += $is{leg}[$leg]{$_} for qw(reads writes);
	}
	$is{told} = "@words[2 .. $#words]";
	return \%is;
}
sub counted {
	my ($is) = @_;
	return join ' ', @$is{qw(mismatches no_quorum rewritten raced reads writes)};
}
# what goes on without a caller has come to its end
sub settle {
	dm::suspend('q');
	dm::resume('q');
}
sub within {
	my ($what, $condition) = @_;
	my $deadline = time + PATIENCE;
	until ($condition->()) {
		die "not within @{[PATIENCE]} s: $what: @{[eval { status()->{told} } // $@]}\n" if time > $deadline;
		select undef, undef, undef, 0.01;
	}
	return 1;
}
sub idle { within('it is idle', sub { status()->{action} eq 'idle' }) }
sub message { dm::message('q', $_[0]) }
sub walk_over { message($_[0]); idle() }

# sound(): what is wrong with a device of which nothing is to be told; '' if nothing is
sub sound {
	my $is = status();
	return "not in order: $is->{told}" if $is->{health} ne 'AAA' || $is->{action} ne 'idle' || counted($is) ne '0 0 0 0 0 0';
	return '';
}
# reads(BYTE, POSITION, BYTES): what is wrong with what can be read there
sub reads {
	my ($byte, $position, $bytes) = @_;
	fill(0xbb, $bytes);
	eval { pread($position, $bytes); 1 } or return "cannot be read: $@";
	return held($bytes) eq chr($byte) x $bytes ? '' : 'reads as something else';
}

# on_legs(POSITION, BYTES): what each holds
sub on_legs {
	my ($position, $bytes) = @_;
	return map {
		open my $in, '<', $_ or die "$_: $!\n";
		sysseek $in, $position, 0;
		sysread($in, my $data, $bytes) == $bytes or die "$_: $!\n";
		$data;
	} @disks;
}
# holders(BYTE, POSITION, BYTES): the legs that hold just that
sub holders {
	my ($byte, $position, $bytes) = @_;
	my @held = on_legs($position, $bytes);
	return join '', grep { $held[$_] eq chr($byte) x $bytes } 0 .. $#held;
}
sub damage {
	my ($leg, $position, $bytes) = @_;
	sysopen my $disk, $disks[$leg], O_RDWR or die "$disks[$leg]: $!\n";
	sysseek $disk, $position, 0;
	syswrite($disk, "\xee" x $bytes) == $bytes or die "$disks[$leg]: $!\n";
}

# --- faults

# count_to(FAULT, N): make the count a multiple of N, by calls that this process makes
sub count_to {
	my ($fault, $n) = @_;
	attribute($fault, 'require-start', 0);
	attribute($fault, 'require-end', ~0);
	attribute($fault, 'task-filter', 1);
	attribute($fault, 'interval', $n);
	attribute($fault, 'times', 1);
	put('/proc/self/make-it-fail', 1);
	attribute($fault, 'probability', 100);
	while (left($fault)) {
		if ($fault eq 'failslab') {
			my $fd = syscall EVENTFD, 0, 0;
			syscall CLOSE, $fd if $fd >= 0;
		} elsif ($fault eq 'fail_page_alloc') {
			my $pages = syscall MMAP, 0, 8 * PAGE, 3, 0x8022, -1, 0;
			syscall MUNMAP, $pages, 8 * PAGE if $pages != -1;
		} else {
			syscall PREAD, fileno $opened{leg}, $address + ROOM - PAGE, 512, 0;
		}
	}
	attribute($fault, 'probability', 0);
	put('/proc/self/make-it-fail', 0);
	attribute($fault, 'task-filter', 0);
	attribute($fault, 'require-start', $range[0]);
	attribute($fault, 'require-end', $range[1]);
}

sub arm {
	my ($fault, $n) = @_;
	if ($fault eq 'task') {
		put('/proc/thread-self/fail-nth', $n);
		return;
	}
	count_to($fault, $n) if $n > 1;
	attribute($fault, 'interval', $n);
	attribute($fault, 'times', 1);
	attribute($fault, 'probability', 100);
}
# Returns whether it has struck
sub disarm {
	my ($fault) = @_;
	if ($fault eq 'task') {
		my $left = number('/proc/thread-self/fail-nth');
		put('/proc/thread-self/fail-nth', 0);
		return $left == 0;
	}
	attribute($fault, 'probability', 0);
	return left($fault) == 0;
}

# without_memory(CODE): for anything of the module's that does not insist
sub without_memory {
	my ($code) = @_;
	for (qw(failslab fail_page_alloc)) {
		attribute($_, 'interval', 1);
		attribute($_, 'times', -1);
		attribute($_, 'probability', 100);
	}
	my $done = eval { $code->(); 1 };
	my $error = $@;
	attribute($_, 'probability', 0) for qw(failslab fail_page_alloc);
	die $error if !$done;
}

# fail_leg(LEG): its next request fails, besides; or none does
sub fail_leg {
	my ($leg) = @_;
	for ($log, @legs) {
		my $number = (stat)[6];
		put('/sys/dev/block/' . ($number >> 8) . ':' . ($number & 0xff) . '/make-it-fail',
			!defined $leg || $_ eq $legs[$leg] ? 1 : 0);
	}
	attribute('fail_make_request', 'interval', 1);
	attribute('fail_make_request', 'times', 1);
	attribute('fail_make_request', 'probability', defined $leg ? 100 : 0);
}

# walk(WHAT, FAULT, {before, do, after, heal}): does it with the first fault, with the second, until there is none left.
# "after" is told what "do" died of and whether the fault has struck, and returns what is wrong then. Prints
#	WHAT FAULT STRUCK REFUSED WRONG
# how often a fault has struck, how often "do" said so, and how often something was not as it should be.
my $shown = 30;
sub walk {
	my ($what, $fault, $step) = @_;
	my ($struck, $refused, $wrong) = (0, 0, 0);
	my $began = time;
	for (my $n = 1;; $n++) {
		syswrite $pulse, "$what, $fault $n";
		$step->{before}->() if $step->{before};
		arm($fault, $n);
		my $done = eval { $step->{do}->(); 1 };
		my $error = $done ? '' : $@;
		my $hit = disarm($fault);
		my $bad = eval { $step->{after}->($error, $hit && $fault) } // $@;
		eval { $step->{heal}->() if $step->{heal}; 1 } or $bad .= "; $@";
		$struck++ if $hit;
		$refused++ if $error;
		$bad ||= "without a fault: $error" if $error && !$hit;
		if ($bad) {
			$wrong++;
			chomp($error, $bad);
			print "# $what, $fault $n: $bad", $error && " ($error)", "\n" if $shown-- > 0;
		}
		last if !$hit || $wrong > 5;
	}
	print "$what $fault $struck $refused $wrong\n";
	print "# $what $fault: ", time - $began, " s\n" if $ENV{TIMES};
}

# watch(): says where it hangs, if it does, and what is blocked, and ends it
sub watch {
	pipe my $beat, $pulse or die "pipe: $!\n";
	my $walker = $$;
	my $pid = fork // die "fork: $!\n";
	return if $pid;
	close $pulse;
	my $step = 'the beginning';
	for (;;) {
		vec(my $ready = '', fileno $beat, 1) = 1;
		if (!select $ready, undef, undef, PATIENCE) {
			print '# hangs: ', $step, "\n";
			put('/proc/sysrq-trigger', 'w');
			kill KILL => $walker;
		}
		exit if !sysread $beat, $step, 200;
	}
}

# begin(REPORT, SIZE, LOG, SLOW, LEG..., DISK...): what faults.sh passes on
sub begin {
	open STDOUT, '>', shift or die "the report: $!\n";
	STDOUT->autoflush;
	($size, $log, $slow) = splice @_, 0, 3;
	@legs = splice @_, 0, 3;
	@disks = @_;
	@range = map { get("$debug/failslab/require-$_") } qw(start end);
	for my $fault (@kinds) {
		for (qw(times interval probability task-filter require-start require-end)) {
			put("$debug/$fault/$_", get("$debug/$fault/$_"));
		}
	}
	watch();
	put('/proc/self/make-it-fail', 0);
	put('/proc/thread-self/fail-nth', 0);
	sysopen $opened{leg}, $legs[0], O_DIRECT | O_RDONLY or die "$legs[0]: $!\n";
}

1;
