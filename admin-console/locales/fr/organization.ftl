# L’organisation en un coup d’œil, lectures de l’annuaire, politique, audit.

overview-title = Vue d’ensemble
overview-numbers = En chiffres
overview-state = Le serveur
overview-recent = Derniers événements
overview-whole-audit = { $n ->
    [one] Tout le journal d’audit ({ $count } entrée)
   *[other] Tout le journal d’audit ({ $count } entrées)
}
attention-title = À surveiller
attention-none = Rien ne demande votre attention.
attention-brake-title = Le frein a arrêté la dernière lecture de l’annuaire
attention-brake-link = Voir l’aperçu
attention-directory-title = La dernière lecture de l’annuaire a échoué
attention-directory-link = Vers l’annuaire
attention-certificate-title = Le certificat TLS expire bientôt
attention-certificate-text = Il expire le { $what }. Renouvelez-le ; le serveur prend le nouveau fichier sans redémarrage.
attention-certificate-link = Vers l’audit
attention-key-ending-title = La clé d’annuaire prend bientôt fin
attention-key-ending-text = Elle prend fin le { $what } ; passé cette date, aucun appareil ne pourra être inscrit. Sur la machine du serveur : pro-server keys renew, ou pro-server keys request si la clé racine est gardée ailleurs.
attention-key-ending-link = Vers l’audit
attention-key-ended-title = La clé d’annuaire a pris fin
attention-key-ended-text = Elle a pris fin le { $what } et aucun appareil ne peut être inscrit. Sur la machine du serveur : pro-server keys renew, ou pro-server keys request si la clé racine est gardée ailleurs.
attention-key-ended-link = Vers l’audit
attention-nobody-title = Il n’y a encore personne
attention-nobody-text = Reliez votre annuaire, ou importez un fichier avec « pro-server people import ».
attention-nobody-link = Vers l’annuaire
attention-one-owner-title = Il n’y a qu’un seul propriétaire
attention-one-owner-text = Si ce compte est perdu, plus personne ne pourra rien modifier ici avant un « pro-server admin reset » sur le serveur.
attention-one-owner-link = En inviter un autre
tile-active = { $n ->
    [one] personne active
   *[other] personnes actives
}
tile-provisioned = { $n ->
    [one] non enrôlée
   *[other] non enrôlées
}
tile-suspended = { $n ->
    [one] a quitté l’annuaire
   *[other] ont quitté l’annuaire
}
tile-locked = { $n ->
    [one] suspendue
   *[other] suspendues
}
tile-devices = { $n ->
    [one] appareil
   *[other] appareils
}
tile-connected = { $n ->
    [one] connecté en ce moment
   *[other] connectés en ce moment
}
fact-directory = Annuaire
fact-server = Serveur
fact-last-run = Dernière lecture
fact-policy = Politique
fact-certificate = Certificat TLS jusqu’au
fact-key = Clé d’annuaire jusqu’au
fact-started = En service depuis
fact-version = Version
fact-fingerprint = Empreinte de l’organisation
fact-interval = Lecture
fact-brake = Frein
run-done = { $added } ajouts, { $changed } modifications, { $suspended } départs, { $resumed } retours
policy-version = { $n ->
   *[other] Version { $count }
}

directory-title = Annuaire
directory-lead = D’où viennent les personnes. Une lecture ajoute les nouvelles et suspend celles qui sont parties.
directory-source = Source
directory-runs = Lectures passées
runs-title = Lectures de l’annuaire
runs-lead = Ce que chaque lecture a fait, ou pourquoi elle n’a rien fait. Les lectures de même issue tiennent en une ligne. Les personnes n’y figurent que par des liens.
runs-none = Aucune lecture n’a encore été faite.
runs-times = { $n ->
    [one] { $count } fois depuis le
   *[other] { $count } fois depuis le
}
runs-agreed = { $n ->
    [one] Un administrateur y a consenti malgré le frein : { $count } personne a perdu l’accès ou ses groupes
   *[other] Un administrateur y a consenti malgré le frein : { $count } personnes ont perdu l’accès ou leurs groupes
}
runs-without-access = { $n ->
    [one] { $count } entrée sans accès
   *[other] { $count } entrées sans accès
}
runs-skipped = { $n ->
    [one] { $count } entrée laissée de côté
   *[other] { $count } entrées laissées de côté
}
runs-entry = Entrée { $count } :
runs-person = (personne)
runs-newest = Les plus récentes
runs-older = Plus anciennes
column-left-out = Laissées de côté
directory-source-named = Source « { $what } »
directory-left = N’est plus dans la configuration
directory-left-people = { $n ->
    [one] { $count } personne reste en l’état jusqu’à ce que vous la libériez
   *[other] { $count } personnes restent en l’état jusqu’à ce que vous les libériez
}
directory-built-in = Fichiers importés
directory-built-in-means = Aucun annuaire externe n’est configuré. Les personnes viennent de fichiers importés sur le serveur :
directory-built-in-next = Pour suivre un annuaire LDAP ou Active Directory, ajoutez [directory.ldap] à la configuration.
directory-every = { $n ->
    [one] chaque minute
   *[other] toutes les { $count } minutes
}
directory-every-seconds = { $n ->
    [one] chaque seconde
   *[other] toutes les { $count } secondes
}
directory-brake = retient quand plus de { $percent } % des personnes (au moins { $count }) perdraient l’accès ou leurs groupes en 24 heures
directory-no-run = aucune pour l’instant
directory-preview = Voir ce qu’une lecture changerait
directory-reading = Lecture de l’annuaire…
done-run = C’est fait. L’annuaire est appliqué, et tous les appareils en sont avertis.
plan-title = Ce qu’une lecture changerait
plan-count-suspend = { $n ->
    [one] perd l’accès
   *[other] perdent l’accès
}
plan-count-resume = { $n ->
    [one] revient
   *[other] reviennent
}
plan-count-add = { $n ->
    [one] ajout
   *[other] ajouts
}
plan-count-update = { $n ->
    [one] modification
   *[other] modifications
}
plan-count-skipped = { $n ->
    [one] laissée de côté
   *[other] laissées de côté
}
plan-list-suspend = { $n ->
    [one] { $count } personne perd l’accès
   *[other] { $count } personnes perdent l’accès
}
plan-list-resume = { $n ->
    [one] { $count } personne revient
   *[other] { $count } personnes reviennent
}
plan-list-add = { $n ->
    [one] { $count } personne est ajoutée
   *[other] { $count } personnes sont ajoutées
}
plan-list-update = { $n ->
    [one] { $count } fiche change
   *[other] { $count } fiches changent
}
plan-list-skipped = { $n ->
    [one] { $count } entrée est laissée de côté
   *[other] { $count } entrées sont laissées de côté
}
plan-nothing = Rien à changer : l’annuaire et ce serveur concordent.
plan-nothing-seen = { $n ->
    [one] { $count } personne a été lue.
   *[other] { $count } personnes ont été lues.
}
plan-consequence-suspend = { $n ->
    [one] { $count } personne perd l’accès : chacun de ses appareils est révoqué définitivement.
   *[other] { $count } personnes perdent l’accès : chacun de leurs appareils est révoqué définitivement.
}
plan-braked = Le frein retient cette lecture
plan-braked-next = Vérifiez d’abord base_dn, filter et le compte de service : une erreur à cet endroit a exactement cette apparence. Rien n’a été changé. Si la liste ci-dessous est juste, vous pouvez exécuter exactement celle-ci.
plan-apply-braked = Exécuter exactement ceci, malgré le frein
plan-consequence = Exactement ceci sera fait, ou rien si l’annuaire a changé entre-temps.
plan-apply = Appliquer ces changements
plan-auditor = Qui a le rôle Personnes ou Propriétaire peut appliquer ces changements ; le serveur lit aussi l’annuaire de lui-même, à intervalle régulier.
column-entry = Entrée
column-reason = Motif
attribute-id = l’identifiant interne
attribute-login = l’identifiant de connexion
attribute-name = le nom
attribute-mail = l’adresse électronique
attribute-account = l’état du compte
attribute-groups = les groupes
skipped-missing = Il manque { $what }.
skipped-unusable = Valeur vide, trop longue ou comportant des caractères interdits : { $what }.
skipped-several-values = Plusieurs valeurs pour { $what }.
skipped-duplicate-id = Une autre entrée a le même identifiant interne.{ $what }
skipped-login-elsewhere = quelqu’un d’une autre source porte cet identifiant
skipped-removed = cette personne a été retirée définitivement
skipped-duplicate-login = Une autre entrée a le même identifiant de connexion.{ $what }

policy-title = Politique
policy-edit = Modifier la politique
policy-edit-title = Modifier la politique
policy-edit-from = { $n ->
   *[other] À partir de la version { $count }, en vigueur. Vous verrez ce qui change avant toute publication.
}
policy-review = Relire les changements
policy-review-title = Relire avant de publier
policy-publish = Publier
policy-nothing-changes = Rien ne changerait : chaque règle est déjà ainsi en vigueur.
policy-becomes = { $n ->
   *[other] Elle devient la version { $count }, est signée et figure au journal de transparence, vérifiable par tous.
}
policy-reach = Qui elle concerne
policy-restricts = Une politique ne fait que restreindre : rien en elle n’ajoute un lecteur ou une clé, ni n’affaiblit le chiffrement.
reach-people = { $n ->
    [0] Personne ne participe encore.
    [one] Elle s’applique à { $count } personne.
   *[other] Elle s’applique aux { $count } personnes qui participent.
}
reach-devices = { $n ->
    [0] Elles n’ont encore aucun appareil.
    [one] Elles ont { $count } appareil.
   *[other] Elles ont { $count } appareils.
}
reach-connected = { $n ->
    [0] Aucun appareil n’est connecté ; chacun l’apprendra à son retour.
    [one] { $count } appareil est connecté et l’apprend aussitôt ; les autres à leur retour.
   *[other] { $count } appareils sont connectés et l’apprennent aussitôt ; les autres à leur retour.
}
reach-connected-some = Les appareils connectés l’apprennent aussitôt ; les autres à leur retour.
column-rule = Règle
column-value = En vigueur
column-before = Aujourd’hui
column-after = Ensuite
column-enforcer = Appliquée par
enforcer-server = Le serveur
enforcer-server-means = Il refuse ce qui n’est pas permis.
enforcer-client = Le client
enforcer-client-means = Vaut ce que vaut un client non modifié : ce n’est pas une garantie.
enforcer-both = Serveur et client
enforcer-both-means = Le serveur refuse, et le client s’arrête de lui-même.
policy-file-send = Envoi de fichiers
policy-file-send-all = Chacun peut envoyer des fichiers
policy-file-send-types = Seulement les fichiers de ces types
policy-file-send-off = Personne ne peut envoyer de fichier
policy-file-max-bytes = Taille maximale d’un fichier
policy-no-limit = Sans limite
policy-at-most = Au plus
policy-contact-auto-accept = Premier contact
policy-contact-all = Les collègues sont acceptés sans un clic
policy-contact-nobody = Chaque personne décide
policy-message-retention-days = Conservation des messages
policy-kept = Conservés jusqu’à ce qu’on les supprime
policy-deleted-after = Supprimés après
policy-retention-days-label = Jours avant suppression des messages
policy-days = { $n ->
    [one] Supprimés après { $count } jour
   *[other] Supprimés après { $count } jours
}
policy-client-min-version = Client le plus ancien
policy-any-version = Toutes les versions
policy-min-version-hint = Trois nombres, comme 0.1.0. Les clients plus anciens sont refusés. 0.0.0 laisse entrer tous les clients.
policy-directory-visibility = Recherche de personnes
policy-visibility-all = Chacun trouve tout le monde
policy-visibility-same-group = Chacun trouve les personnes de ses propres groupes
policy-visibility-groups = Chacun ne trouve que les personnes de ces groupes
policy-visibility-none = Personne ne trouve personne
policy-visible-groups-label = Groupes que chacun trouve
policy-visibility-hint = Noms de groupes séparés par des virgules. Les contacts établis demeurent, et une personne masquée peut écrire à celles qu’elle trouve.
unit = Unité
unit-byte = octets
unit-kilobyte = ko
unit-megabyte = Mo
unit-gigabyte = Go
unit-days = jours
policy-file-receive = Réception de fichiers
policy-contact-verify-required = Comparer d’abord les numéros de sécurité
policy-contact-block-unknown = Silence pour les personnes introuvables
policy-identity-device-approval-admin = Avec un code donné par un administrateur
policy-identity-device-approval-auto = Avec un mot de passe ou une connexion
policy-identity-cert-lifetime-days-limit = { $n ->
    [one] { $count } jour
   *[other] { $count } jours
}
policy-contact-block-unknown-on = Leur premier contact reste sans réponse
policy-contact-block-unknown-off = Elles peuvent demander un premier contact
policy-contact-verify-required-all = Rien n’est envoyé avant cela
policy-contact-verify-required-none = Laissé à chacun
policy-file-send-listed = Seulement ces types : { $what }
policy-file-receive-off = Personne ne reçoit de fichiers
policy-file-receive-all = Les fichiers de tous types peuvent être reçus
policy-file-receive-listed = Seulement ces types : { $what }
policy-file-save-location-folder = Seulement dans le dossier des fichiers
policy-file-save-location-free = N’importe où
policy-admin-session-idle-minutes-limit = { $n ->
    [one] { $count } minute d’inactivité
   *[other] { $count } minutes d’inactivité
}
policy-admin-session-hours-limit = { $n ->
    [one] { $count } heure
   *[other] { $count } heures
}
policy-message-edit-window-minutes-limit = { $n ->
    [0] Les textes ne peuvent pas être modifiés
    [one] { $count } minute après l’écriture
   *[other] { $count } minutes après l’écriture
}
policy-message-copy-forward-allow = Sauf si l’auteur demande le contraire
policy-message-copy-forward-sender = Seulement si l’auteur l’autorise
policy-message-copy-forward-forbid = Jamais
policy-message-read-receipts-user = Laissé à chacun
policy-message-read-receipts-off = Jamais
policy-message-read-receipts-on = Toujours
policy-message-ephemeral-off = Personne ne règle de minuteur
policy-message-ephemeral-allowed = Chacun peut régler un minuteur
policy-message-ephemeral-seconds-none = Aucune durée pour tous
policy-message-ephemeral-seconds-limit = { $n ->
    [one] Supprimés { $count } seconde après la lecture
   *[other] Supprimés { $count } secondes après la lecture
}
policy-message-export-allow = Une conversation peut être écrite dans des fichiers
policy-message-export-forbid = Aucune conversation n’est écrite dans des fichiers
policy-range-seconds-none = De { $min } à { $max } secondes, ou sans limite
policy-device-app-lock-required = Chaque appareil en a une
policy-device-app-lock-optional = Laissé à chacun ; l’inactivité et les phrases de passe fausses comptent
policy-device-app-lock-off = Laissé à chacun
policy-device-lock-idle-minutes-limit = { $n ->
    [one] { $count } minute sans usage
   *[other] { $count } minutes sans usage
}
policy-device-lock-idle-minutes-none = Ils ne se verrouillent pas d’eux-mêmes
policy-device-lock-wipe-after-limit = { $n ->
   *[other] Après { $count } phrases de passe fausses de suite
}
policy-device-lock-wipe-after-none = Jamais
policy-notification-preview-none = Qu’il y a un message
policy-notification-preview-sender = De qui vient un message
policy-notification-preview-content = De qui vient un message, et ce qu’il dit
policy-range-minutes-none = De { $min } à { $max } minutes, ou sans limite
policy-range-count-none = De { $min } à { $max }, ou jamais
policy-group-create-nobody = Personne ne crée de groupe
policy-group-create-everyone = Tout le monde peut créer des groupes
policy-group-max-members-limit = { $n ->
    [one] { $count } personne
   *[other] { $count } personnes
}
policy-range-count = De { $min } à { $max }
policy-range-days = De { $min } à { $max } jours
policy-range-days-none = De { $min } à { $max } jours, ou sans limite
policy-range-hours = De { $min } à { $max } heures
policy-range-minutes = De { $min } à { $max } minutes
policy-range-bytes-none = Un nombre d’octets, ou sans limite
policy-range-types = Aucun fichier, tous, ou certains types d’après l’extension du nom
policy-range-version = Une version, comme 0.1.0
policy-range-visibility = Tout le monde, les personnes de ses propres groupes, certains groupes, ou personne
policy-default = Par défaut :
column-range = Valeurs
policy-scope-organization = Tout le monde
policy-scope-group = Un groupe
policy-scope-person = Une personne
policy-identity-cert-lifetime-days = Jours de validité du certificat d’un appareil
policy-file-save-location = Où les fichiers sont enregistrés
policy-group-create = Création de groupes
policy-group-max-members = Nombre de personnes dans un groupe
policy-admin-session-idle-minutes = Minutes avant la fin d’une session d’administrateur inutilisée
policy-admin-session-hours = Heures avant la fin d’une session d’administrateur
policy-consequence-identity-cert-lifetime-days-changes = Le serveur ne signe aucun certificat pour plus longtemps, et les clients en prennent aussitôt un plus court. Un appareil absent plus longtemps n’est plus joignable avant d’être revenu une fois et de l’avoir renouvelé.
policy-consequence-group-create-changes = Les clients ne créent de groupes que là où c’est permis ; les groupes existants restent.
policy-consequence-group-max-members-changes = Les clients ne font entrer personne au-delà de ce nombre ; les groupes plus grands restent tels quels.
policy-consequence-file-save-location-changes = Les clients n’enregistrent les fichiers que là où c’est permis.
policy-message-ephemeral = Messages qui s’effacent
policy-message-ephemeral-seconds = Secondes avant l’effacement des messages lus
policy-message-export = Emporter une conversation
policy-consequence-message-ephemeral-changes = Les clients laissent régler un minuteur, ou le refusent ; les messages envoyés avec une durée la respectent.
policy-consequence-message-ephemeral-seconds-changes = Les clients suppriment définitivement ce qui a été lu, une fois son temps écoulé. Publier plus tard une durée plus longue ne le fera pas revenir.
policy-consequence-message-export-changes = Les clients écrivent une conversation dans des fichiers, ou le refusent.
policy-consequence-admin-session-idle-minutes-changes = Les sessions d’administrateurs prennent fin plus tôt ou plus tard, celles qui sont ouvertes aussi.
policy-consequence-admin-session-hours-changes = Les sessions d’administrateurs prennent fin plus tôt ou plus tard, celles qui sont ouvertes aussi.
policy-message-edit-window-minutes = Minutes pendant lesquelles un texte peut être modifié
policy-message-copy-forward = Copie et transfert des messages
policy-message-read-receipts = Annonce à l’auteur qu’un message a été lu
policy-consequence-message-edit-window-minutes-changes = Les clients refusent de modifier ce qui est plus ancien, et ignorent ces modifications chez les autres.
policy-consequence-message-copy-forward-changes = Les clients ne copient ni ne transfèrent ce qui ne doit pas l’être. Ce que quelqu’un lit peut toujours être recopié ou photographié.
policy-consequence-message-read-receipts-changes = Les clients annoncent désormais la lecture aux auteurs, ou non. Ce qui a été lu sans annonce ne sera jamais annoncé.
policy-device-app-lock = Une phrase de passe sur les appareils
policy-device-lock-idle-minutes = Minutes avant le verrouillage d’un client inutilisé
policy-device-lock-wipe-after = Phrases de passe fausses avant l’effacement d’un appareil
policy-notification-preview = Ce que montrent les notifications
policy-consequence-device-app-lock-changes = Là où une phrase de passe est exigée, un client qui n’en a pas n’envoie et ne montre rien avant que sa personne en ait choisi une.
policy-consequence-device-lock-idle-minutes-changes = Les clients avec une phrase de passe se verrouillent plus tôt ou plus tard. Tant que l’un est verrouillé, les messages attendent chez leurs expéditeurs.
policy-consequence-device-lock-wipe-after-changes = Un client qui reçoit autant de phrases de passe fausses de suite détruit définitivement ses clés et ses messages ; sa personne s’inscrit de nouveau.
policy-consequence-notification-preview-changes = Les notifications du bureau montrent désormais plus ou moins.
policy-identity-device-approval = Nouveaux appareils
policy-consequence-file-receive-changes = Les clients ne vont chercher que ce qui est autorisé ; une réception en cours qui ne l’est plus prend fin.
policy-consequence-contact-verify-required-changes = Si c’est demandé, les clients n’envoient rien à quelqu’un avant la comparaison des numéros de sécurité.
policy-consequence-contact-block-unknown-changes = Si c’est activé, le premier contact d’une personne absente de l’annuaire visible reste sans réponse.
policy-consequence-identity-device-approval-changes = Le serveur refuse mots de passe et connexions pour un nouvel appareil là où un administrateur doit donner un code.
policy-desk-title = Groupes, personnes, brouillon et versions
policy-desk-lead = Des règles pour un groupe ou une personne, à côté de celles de tout le monde. La plus précise l’emporte ; entre plusieurs groupes, la plus stricte. Seules les personnes concernées en sont informées.
policy-desk-own = Votre rôle porte sur ces groupes : vous fixez leurs règles dans un brouillon qui vous est propre. Revenir à une version rétablit leurs règles d’alors, et rien d’autre.
policy-draft-title = Brouillon
policy-draft-from = { $n ->
   *[other] Fait à partir de la version { $count }. Il n’est encore en vigueur pour personne.
}
policy-draft-reached = { $n ->
    [0] Il ne change rien pour personne.
    [one] Il change quelque chose pour { $count } personne.
   *[other] Il change quelque chose pour { $count } personnes.
}
policy-draft-people = { $n ->
    [one] { $count } personne participe.
   *[other] { $count } personnes participent.
}
policy-draft-weakens = Permet davantage qu’avant :
policy-draft-discard = Abandonner le brouillon
policy-draft-discarded = Le brouillon est abandonné. Rien n’a changé pour personne.
policy-scopes-title = Ce qui est fixé, et où
policy-scopes-none = Rien n’est fixé : chaque règle a sa valeur par défaut, pour tout le monde.
policy-rule-title = Modifier une règle dans le brouillon
policy-rule-keep = Garder dans le brouillon
policy-locked = Verrouillé
policy-scope-hint = Vide pour tout le monde ; sinon group:NOM, ou person:IDENTIFIANT.
policy-value-hint = Comme dans « pro-server policy rows » : off, types:pdf,docx ou 50000000 ; default retire la règle.
policy-lock = Verrou
policy-lock-keep = Inchangé
policy-lock-lock = Verrouiller
policy-lock-unlock = Déverrouiller
policy-lock-hint = Sous un verrou, les portées plus étroites ne peuvent que durcir
policy-versions-title = Versions
policy-version-draft = En faire le brouillon
column-scope = Pour
column-people = Personnes
field-policy-scope-malformed = Cette portée n’existe pas, ou la règle ne s’y règle pas.
field-policy-value-malformed = La règle ne prend pas cette valeur.
problem-no-policy-title = Version introuvable
problem-no-policy-text = Il n’y a pas de brouillon, ou pas de telle version de la politique.
problem-no-policy-next = Revenez à la politique et relisez-la.
policy-consequence-file-send-off = Plus personne ne peut proposer de fichier ; les propositions en attente ne sont plus retirées.
policy-consequence-file-send-all = Des fichiers peuvent de nouveau être proposés.
policy-consequence-file-max-bytes-less = Les fichiers plus grands ne peuvent plus être proposés.
policy-consequence-file-max-bytes-more = Des fichiers plus grands qu’avant peuvent être proposés.
policy-consequence-contact-auto-accept-nobody = Les nouveaux contacts attendent que la personne les accepte ; les contacts existants demeurent.
policy-consequence-contact-auto-accept-all = Tout collègue certifié est accepté dès le premier message.
policy-consequence-message-retention-days-less = Les clients suppriment définitivement les messages plus anciens. Publier plus tard une durée plus longue ne les fera pas revenir.
policy-consequence-message-retention-days-more = Les messages présents restent plus longtemps.
policy-consequence-client-min-version-more = Les clients plus anciens sont refusés aussitôt et disent qu’ils doivent être mis à jour.
policy-consequence-client-min-version-less = Des clients plus anciens peuvent de nouveau entrer.
policy-consequence-directory-visibility-all = En quelques secondes, chacun peut trouver tout le monde.
policy-consequence-directory-visibility-same-group = En quelques secondes, les personnes des autres groupes disparaissent de la recherche ; les contacts établis demeurent.
policy-consequence-directory-visibility-groups = En quelques secondes, toutes les autres personnes disparaissent de la recherche ; les contacts établis demeurent.
policy-consequence-directory-visibility-none = En quelques secondes, la recherche ne trouve plus personne ; les contacts établis demeurent.
done-published = Publiée.

audit-title = Audit
audit-lead = Ce que les administrateurs et le serveur ont fait. Qui parle à qui n’y figure nulle part.
audit-verify = Tout vérifier
audit-verifying = Lecture et vérification de chaque entrée…
audit-export = Exporter
audit-entries-label = Entrées
audit-entries = { $n ->
    [one] { $count } entrée, la plus récente d’abord
   *[other] { $count } entrées, les plus récentes d’abord
}
audit-newest = Plus récentes
audit-older = Plus anciennes
column-index = N°
column-when = Quand
column-what = Quoi
column-whom = Qui
column-by = Par
verdict-intact = { $n ->
    [one] Le journal est intègre : { $count } entrée, rien ne manque, rien n’est modifié.
   *[other] Le journal est intègre : { $count } entrées, rien ne manque, rien n’est modifié.
}
verdict-intact-means = Chaque entrée a été relue et correspond au point de contrôle signé par le serveur. Pour vérifier sans faire confiance à ce serveur, exportez le journal et lancez ailleurs « pro-server audit verify ».
verdict-without-memory = Le dossier de données ne se souvient pas jusqu’où l’audit était allé (newest.json manque ou ne peut être lu). Un éventuel retour à un état antérieur n’a pas pu être vérifié.
verdict-signed = Point de contrôle signé le
verdict-root = Empreinte racine
verdict-broken = Le journal NE se vérifie PAS : il a été abîmé ou modifié.
verdict-broken-next = Arrêtez le serveur, laissez son disque tel quel et comparez avec votre dernier export ou votre dernière sauvegarde.

party-local = root ou l’utilisateur du serveur (uid { $what })
party-integration = programme « { $what } »
party-server = le serveur
party-erased = effacé
event-organization-created = Organisation fondée
event-server-started = Serveur démarré, version { $what }
event-server-stopped = Serveur arrêté
event-policy-published = Politique, version { $count } publiée
event-directory-run = Lecture de l’annuaire, source { $source } : { $added } ajouts, { $changed } modifications, { $suspended } départs, { $resumed } retours
event-directory-run-refused = Lecture de l’annuaire arrêtée par le frein : { $count } auraient perdu l’accès, { $allowed } le peuvent
event-source-built-in = annuaire intégré
event-source-csv = fichier
event-source-ldap = LDAP
event-source-scim = SCIM
event-member-added = Personne ajoutée
event-member-suspended = Personne suspendue
event-member-left = Personne partie de l’annuaire
event-member-removed = Personne retirée définitivement
event-directory-brake-overruled = Lecture de l’annuaire ({ $source }) exécutée malgré le frein : { $count } personnes touchées, { $allowed } permises
event-member-resumed = Personne de nouveau admise
event-enrollment-code-created = Code d’enrôlement créé
event-identity-set = Premier appareil : identité établie
event-identity-ended = Fin de l’identité : la clé et les appareils ne comptent plus
event-approvers-set = La clé racine a désigné des approbateurs : { $needed } sur { $people } doivent consentir à la fin d’une identité
event-identity-reset = Identité remplacée
event-device-added = Appareil { $what } enrôlé
event-device-renewed = Appareil { $what } renouvelé
event-device-revoked = Appareil { $what } révoqué
event-device-revoked-left = Appareil { $what } révoqué, son propriétaire a quitté l’annuaire
event-device-replaced = Appareil { $what } révoqué, remplacé par un nouveau
event-directory-key-set = Clé de l’annuaire établie
event-directory-key-rotated = Une autre clé d’annuaire a pris la place de l’ancienne
event-tls-certificate-changed = Certificat TLS changé
event-audit-exported = { $count } entrées d’audit exportées
event-backup-taken = Sauvegarde effectuée
event-backup-restored = Serveur restauré à partir d’une sauvegarde
event-log-reset = Journal de transparence recommencé, signé par la clé racine
event-party-erased = Nom d’une personne effacé de l’audit, sans retour
event-alarm-log-behind = ALARME : quelqu’un détient un état du journal plus récent que celui de ce serveur
event-alarm-log = ALARME : le journal de transparence ne correspond pas à son point de contrôle
event-alarm-audit = ALARME : le journal d’audit ne correspond pas à son point de contrôle
event-alarm-clock = ALARME : l’horloge a reculé
event-administrator-added = Administrateur invité : { $what }
event-role-granted = Rôle donné : { $what }
event-role-granted-group = Rôle donné sur les personnes d’un groupe : { $what }
event-role-withdrawn = Rôle retiré : { $what }
event-role-withdrawn-group = Rôle retiré sur les personnes d’un groupe : { $what }
event-approval-asked = La demande { $count } attend une seconde personne : { $what }
event-approval-given = Demande { $count } approuvée
event-approval-refused = Demande { $count } refusée ou retirée
event-approval-stale = La demande { $count } ne convenait plus et n’a pas été exécutée
event-session-ended = Session terminée par un autre administrateur
event-quorum-two = Les actes sensibles exigent deux personnes
event-quorum-one = Les actes sensibles n’exigent qu’une personne
event-act-identity-reset = une nouvelle identité pour quelqu’un
event-act-access-loss = un retrait d’accès
event-act-roles = les administrateurs
event-act-policy = une politique plus permissive
event-act-erasure = l’effacement d’une personne
event-act-export = l’extraction des données d’une personne
event-act-directory-key = une autre clé d’annuaire
event-act-quorum = plus de seconde personne
event-administrator-set-up = Mot de passe et application d’authentification établis
event-administrator-reset = Mot de passe et application d’authentification réinitialisés
event-administrator-signed-in = Connexion
event-administrator-blocked = Connexions refusées un moment, après trop de tentatives
event-administrator-password = Mot de passe changé ; les autres sessions de ce compte ont pris fin
event-administrator-removed = Administrateur supprimé
event-account-linked = Compte du fournisseur d’identité rattaché
event-account-unlinked = Compte du fournisseur d’identité détaché
event-provisioning-token-added = Jeton créé, pour le provisionnement
event-reading-token-added = Jeton créé, pour la lecture
event-administering-token-added = Jeton créé, pour l’administration
event-integration-revoked = Jeton révoqué
event-push-brake-released = Frein des fournisseurs levé

# Programmes munis de leur propre jeton.
integrations-title = Intégrations
integrations-lead = Des fournisseurs comme Entra ID et Okta peuvent pousser ici personnes et groupes (SCIM), et vos propres programmes lire et administrer. Chacun reçoit son propre jeton.
integrations-open = Adresses et jetons
provisioning-where = Adresse pour le fournisseur
provisioning-people = { $n ->
    [one] { $count } personne a été poussée.
   *[other] { $count } personnes ont été poussées.
}
provisioning-groups = { $n ->
    [one] { $count } groupe.
   *[other] { $count } groupes.
}
api-where = Adresse pour les programmes qui lisent ou administrent
api-where-means = Ce qu’on y trouve : openapi.json à cette adresse.
integrations-no-token = Il n’y a aucun jeton : aucun programme n’a accès.
column-token-scope = Permet de
scope-provisioning = pousser personnes et groupes (SCIM)
scope-read = lire
scope-administer = administrer
column-token = Jeton
column-token-until = Valable jusqu’au
column-token-used = Dernier emploi
token-expired = expiré
token-make-title = Créer un jeton
token-make-lead = Le jeton n’est montré qu’une fois. Qui le détient peut faire ce pour quoi il a été créé.
token-name-hint = Le nom du programme, pour cette liste et pour le journal d’audit
token-scope = Permet de
token-scope-hint = « Administrer » permet ce que peut un propriétaire, sauf créer des jetons et des administrateurs et assouplir la politique. N’accordez pas plus que le programme n’a besoin.
token-where = Adresse pour le programme
token-days = Durée de vie
token-days-option = { $count } jours
token-make-do = Créer un jeton
token-title = Nouveau jeton
token-made = Jeton pour { $what }
token-once-next = Placez-le maintenant dans les réglages du programme. Le serveur n’en garde aucune copie lisible.
token-until = Valable jusqu’au { $what }. Créez-en un autre avant cette date, puis révoquez celui-ci.
token-revoke = Révoquer
token-revoke-title = Révoquer un jeton
token-revoke-ask = Révoquer le jeton { $what } ?
token-revoke-consequence-now = Il ne vaut plus rien dès cet instant : le programme ne peut plus rien faire ici.
token-revoke-consequence-people = Les personnes et les groupes qu’il a poussés restent tels quels.
token-revoke-do = Révoquer ce jeton
done-token-revoked = C’est fait. Le jeton ne vaut plus rien.
push-braked-title = Le frein retient un fournisseur
push-braked-text = { $n ->
    [one] { $count } personne aurait perdu l’accès en une journée ; { $allowed } au plus le peuvent.
   *[other] { $count } personnes auraient perdu l’accès en une journée ; { $allowed } au plus le peuvent.
}
push-braked-next = Vérifiez d’abord chez le fournisseur : un filtre erroné ou une mauvaise affectation y ressemble tout à fait. Il réessaie de lui-même. Qui doit partir aussitôt peut être suspendu à la main.
push-release = Le laisser continuer
push-release-title = Lever le frein
push-release-ask = Laisser les fournisseurs retirer l’accès à plus de personnes ?
push-release-consequence-look = Le compte de la journée repart de zéro : le fournisseur reprend là où il a été retenu, jusqu’au même nombre.
push-release-consequence-devices = Les appareils de qui perd l’accès sont révoqués définitivement.
push-release-do = Lever le frein
done-push-released = C’est fait. Le fournisseur reprend à sa prochaine tentative.
