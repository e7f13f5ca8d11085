// FLEET-CHURN v0's trace (models/fleet/churn.h says what it is), bit for bit: `java ChurnTrace.java HOSTS`
// prints the checksum that `strata fleet churn --hosts HOSTS` prints.

final class ChurnTrace {
    static final int[] CORES = {1, 1, 2, 2, 4, 4, 8};
    static final int[] GIB = {2, 4, 4, 8, 16, 32, 32};
    static final double[] PROBABILITY = {.25, .15, .10, .20, .15, .05, .10};

    final int total;
    final long[] atMs, lifeMs;
    final int[] shape;

    /** Hosts of 16 cores and 64 GiB; ten machines a host. */
    ChurnTrace(int hosts) {
        total = 10 * hosts;
        atMs = new long[total];
        lifeMs = new long[total];
        shape = new int[total];
        final double perSecond = 0.7 * hosts * 16 / 2.6 / 3600;
        double clock = 0;
        for (int i = 0; i < total; i++) {
            clock += -StrictMath.log(u(3L * i)) / perSecond;
            atMs[i] = ms(clock);
            lifeMs[i] = ms(Math.max(1.0, -StrictMath.log(u(3L * i + 1)) * 3600));
            shape[i] = shapeOf(u(3L * i + 2));
        }
    }

    /** FNV-1a over 64-bit words. */
    long checksum() {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < total; i++)
            for (final long word : new long[] {atMs[i], lifeMs[i], shape[i]}) hash = (hash ^ word) * 0x100000001b3L;
        return hash;
    }

    private static double u(long k) {
        long z = 42 + (k + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return ((z >>> 11) + 0.5) * 0x1p-53;
    }

    private static long ms(double seconds) {
        return (long) Math.floor(seconds * 1000 + 0.5);
    }

    private static int shapeOf(double share) {
        double below = 0;
        for (int s = 0; s + 1 < PROBABILITY.length; s++) if (share < (below += PROBABILITY[s])) return s;
        return PROBABILITY.length - 1;
    }

    public static void main(String[] arguments) {
        System.out.printf("%016x%n", new ChurnTrace(Integer.parseInt(arguments[0])).checksum());
    }
}
